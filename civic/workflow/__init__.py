"""The rules of the product as data and pure functions: what may happen, by whom, from where, and what it sets."""
