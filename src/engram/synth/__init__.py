"""Synthetic conversations: a seeded grammar, and a larger model as teacher where the user asks for one."""
