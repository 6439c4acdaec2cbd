"""Bases: which models there are, where they lie, and the embedded one."""
