"""Log-probabilities of given tokens. Not here: what they are compared with (measure)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from engram.backends.base import Ids
from engram.backends.scoring import Padded, Scores, score_batches


def score(module: Any, sequences: Sequence[Ids], device: torch.device) -> list[Scores]:
    """log p(ids[t] | ids[:t]) for t = 1 ...: float32 [seq - 1] per sequence, nats, in the order given."""

    def score_padded(padded: Padded) -> Scores:
        ids = torch.from_numpy(padded).to(device)
        with torch.inference_mode():
            logits = module(input_ids=ids, use_cache=False).logits[:, :-1].float()  # [rows, seq - 1, vocab]
            chosen = logits.gather(-1, ids[:, 1:, None])[..., 0]
            result: Scores = (chosen - logits.logsumexp(-1)).cpu().numpy()
        return result

    return score_batches(sequences, module.config.get_text_config().vocab_size, score_padded)
