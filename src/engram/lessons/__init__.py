"""Teach: patterns and data sets become examples, splits, token ids."""
