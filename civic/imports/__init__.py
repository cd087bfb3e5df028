"""Bringing in messages citizens wrote elsewhere: real files, through the real intake."""
