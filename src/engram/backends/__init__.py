"""Compute: the only place with tensors."""
