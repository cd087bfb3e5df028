"""Web: the shell between HTTP and the rooms below."""
