"""The demonstration world: an invented year of a county, lived through the real verbs under a moving clock."""
