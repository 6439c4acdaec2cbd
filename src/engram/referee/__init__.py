"""One referee for every way to remember: the same facts, the same questions, one table."""
