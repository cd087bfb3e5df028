"""Leaf tools without a framework: clock, ids, crypto, text, results."""
