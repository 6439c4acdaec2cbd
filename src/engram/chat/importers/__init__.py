"""Importers: what was said in other programs, read from their exports and written down once."""
