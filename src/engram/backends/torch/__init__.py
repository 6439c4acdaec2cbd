"""The PyTorch backend: torch for arithmetic, transformers for models, PEFT for adapters."""
