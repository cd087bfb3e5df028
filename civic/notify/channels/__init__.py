"""Ways to a person. Each takes a letter and either succeeds or raises; the caller retries."""
