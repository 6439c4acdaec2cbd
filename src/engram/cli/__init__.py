"""Edge: commands; the only place that prints."""
