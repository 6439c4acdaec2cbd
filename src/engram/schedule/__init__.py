"""WHEN: what lets the computer sleep its night by itself, and what keeps it from doing so."""
