"""Work after the answer: the only room that knows RQ and Redis."""
