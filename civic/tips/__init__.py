"""Tips 线索: what citizens tell the newsroom, the talk about it, and what becomes of it."""
