"""Train: plan, loop, checkpoints, publishing."""
