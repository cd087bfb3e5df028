"""The newsroom: stories 报道 with their versions and signatures, releases 发布 per channel, and the squad's work."""
