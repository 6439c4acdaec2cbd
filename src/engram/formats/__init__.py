"""Adapters and models in other programs' formats."""
