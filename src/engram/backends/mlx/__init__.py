"""The MLX backend: the only place besides torch/ with tensors."""
