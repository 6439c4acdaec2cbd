"""Evaluate: probes, metrics, statistics, comparison, report."""
