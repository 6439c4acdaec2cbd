"""One small module per skill family; each writes conversations from (rng, split). No tokens are made here."""
