"""Messages to people: written in the caller's transaction, sent afterwards, once."""
