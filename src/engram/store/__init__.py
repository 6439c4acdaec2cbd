"""Keep: the one database and what is derived from it."""
