"""CHECK: what can run here, and whether the home is whole. Called by `engram doctor`."""
