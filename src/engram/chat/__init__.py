"""Chat: one conversation by day, written down as it happens."""
