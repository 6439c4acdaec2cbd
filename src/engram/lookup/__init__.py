"""LOOK UP: the exact n-gram memory, and the hashing that addresses the trained one."""
