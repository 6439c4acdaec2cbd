"""Answer: messages in, an answer out."""
