"""The network of the embedded base model "seedling": a compact Llama in plain torch.

It is the training form of the model: query, key and value share one matrix, and so do gate and up, because
two large products are faster than five small ones; layers work on flat rows [batch x seq, hidden], so they
compile once for all lengths. `to_llama_names` and `from_llama_names` translate weights one to one to and from
`transformers.LlamaForCausalLM`. It is not used to answer: stock transformers loads the exported folder.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Heads = tuple[Tensor, Tensor, Tensor]
Before = Callable[..., Heads]
After = Callable[..., Tensor]


@dataclass(frozen=True)
class ModelConfig:
    """Sizes of the network; the defaults are seedling's. Sizes are multiples of 64 for later quantisation."""

    vocab_size: int = 4096
    hidden_size: int = 256
    intermediate_size: int = 768
    num_layers: int = 6
    num_heads: int = 4
    num_kv_heads: int = 2
    head_size: int = 64
    max_positions: int = 1024
    rope_theta: float = 10_000.0
    norm_eps: float = 1e-5

    def __post_init__(self) -> None:
        if self.num_heads % self.num_kv_heads or self.head_size % 2:
            raise ValueError("num_heads must be a multiple of num_kv_heads, and head_size must be even")

    def as_dict(self) -> dict[str, int | float]:
        """The settings as plain JSON values, as a checkpoint stores them."""
        return asdict(self)


def rope_tables(config: ModelConfig) -> tuple[Tensor, Tensor]:
    """Cosines and sines, each [positions, head], of the rotary embedding (Su et al. 2021, arXiv:2104.09864).

    Half-split pairing as in Llama checkpoints on the Hub: dimension i turns with dimension i + head/2.
    """
    exponents = torch.arange(0, config.head_size, 2, dtype=torch.float32) / config.head_size
    angles = torch.outer(torch.arange(config.max_positions).float(), config.rope_theta**-exponents)
    angles = torch.cat((angles, angles), dim=-1)  # [positions, head]
    return angles.cos(), angles.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn queries or keys [batch, seq, heads, head] by their position; cos and sin are [seq, 1, head]."""
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-second, first), dim=-1) * sin


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """Root-mean-square normalisation (Zhang and Sennrich 2019, arXiv:1910.07467), computed in fp32."""
    wide = x.float()
    return (wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + eps)).to(x.dtype) * weight


def before_attention(
    x: Tensor, norm: Tensor, qkv: Tensor, cos: Tensor, sin: Tensor, config: ModelConfig
) -> Heads:
    """Queries, keys and values [rows, heads, head] of x [rows, hidden]; keys repeated for their group."""
    groups = config.num_heads // config.num_kv_heads
    heads = F.linear(rms_norm(x, norm, config.norm_eps), qkv).view(x.shape[0], -1, config.head_size)
    turning, values = torch.split(heads, [config.num_heads + config.num_kv_heads, config.num_kv_heads], dim=1)
    queries, keys = torch.split(rotate(turning, cos, sin), [config.num_heads, config.num_kv_heads], dim=1)
    return queries, keys.repeat_interleave(groups, dim=1), values.repeat_interleave(groups, dim=1)


def attention(heads: Heads, batch: int, seq: int) -> Tensor:
    """Causal attention within each of `batch` documents of `seq` rows; rows beyond batch x seq stay zero."""
    rows = heads[0].shape[0]
    queries, keys, values = (
        part[: batch * seq].view(batch, seq, -1, part.shape[-1]).transpose(1, 2) for part in heads
    )
    mixed = F.scaled_dot_product_attention(queries, keys, values, is_causal=True)  # [batch, heads, seq, head]
    flat = mixed.transpose(1, 2).reshape(batch * seq, -1)
    return flat if rows == batch * seq else F.pad(flat, (0, 0, 0, rows - batch * seq))


def after_attention(
    x: Tensor, mixed: Tensor, out: Tensor, norm: Tensor, gate_up: Tensor, down: Tensor, eps: float
) -> Tensor:
    """The rest of a layer on x [rows, hidden]: attention's output is added, then SwiGLU."""
    x = x + F.linear(mixed, out)
    gate, up = F.linear(rms_norm(x, norm, eps), gate_up).chunk(2, dim=-1)
    return x + F.linear(F.silu(gate) * up, down)


class Block(nn.Module):
    """The weights of one pre-norm layer (grouped-query attention, SwiGLU); `Seedling.hidden` uses them."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        size, queries = config.hidden_size, config.num_heads * config.head_size
        keys = config.num_kv_heads * config.head_size
        self.attention_norm = nn.Parameter(torch.ones(size))
        self.qkv = nn.Parameter(torch.empty(queries + 2 * keys, size))
        self.out = nn.Parameter(torch.empty(size, queries))
        self.feed_norm = nn.Parameter(torch.ones(size))
        self.gate_up = nn.Parameter(torch.empty(2 * config.intermediate_size, size))
        self.down = nn.Parameter(torch.empty(size, config.intermediate_size))


class Seedling(nn.Module):
    """Token ids in, hidden states or logits out; the output head is the embedding (tied)."""

    cos: Tensor
    sin: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Parameter(torch.empty(config.vocab_size, config.hidden_size))
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.num_layers))
        self.final_norm = nn.Parameter(torch.ones(config.hidden_size))
        cos, sin = rope_tables(config)
        self.register_buffer("cos", cos[:, None], persistent=False)  # [positions, 1, head]
        self.register_buffer("sin", sin[:, None], persistent=False)
        self.before: Before = before_attention
        self.after: After = after_attention

    def initialise(self, seed: int) -> None:
        """Normal weights of deviation 0.02, smaller by sqrt(2 x layers) where they write to the stream."""
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for name, weight in self.named_parameters():
                if weight.ndim == 2:
                    shrink = (2 * self.config.num_layers) ** -0.5 if name.endswith((".out", ".down")) else 1.0
                    weight.copy_(torch.randn(weight.shape, generator=generator) * 0.02 * shrink)

    def compile_layers(self) -> None:
        """Fuse the element-wise work of the layers; worth it for a fixed number of rows (one compilation)."""
        self.before = torch.compile(before_attention, dynamic=False)
        self.after = torch.compile(after_attention, dynamic=False)

    def hidden(self, ids: Tensor, where: Tensor | None = None, rows: int = 0) -> Tensor:
        """Hidden states [wanted, hidden] of right-padded documents ids [batch, seq]; none sees another.

        `where` [wanted] picks flat positions (of batch x seq) before the last feed-forward, so the others
        costs nothing; without it, all. `rows` fills up with empty rows: one shape for compiled layers.
        """
        batch, seq = ids.shape
        if seq > self.config.max_positions:
            raise ValueError(f"sequence of {seq} tokens; the model has {self.config.max_positions} positions")
        fill = max(0, rows - batch * seq)
        x = F.embedding(F.pad(ids.reshape(-1), (0, fill)), self.embedding)
        cos, sin = (F.pad(t[:seq].repeat(batch, 1, 1), (0, 0, 0, 0, 0, fill)) for t in (self.cos, self.sin))
        for block in self.blocks:
            assert isinstance(block, Block)
            heads = self.before(x, block.attention_norm, block.qkv, cos, sin, self.config)
            mixed, after = attention(heads, batch, seq), self.after
            if block is self.blocks[-1]:
                wanted = torch.arange(batch * seq, device=x.device) if where is None else where
                x, mixed, after = x[wanted], mixed[wanted], after_attention
            x = after(x, mixed, block.out, block.feed_norm, block.gate_up, block.down, self.config.norm_eps)
        return x

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores [..., vocabulary] of hidden states [..., hidden]."""
        return F.linear(rms_norm(hidden, self.final_norm, self.config.norm_eps), self.embedding)

    def forward(self, ids: Tensor) -> Tensor:
        """Logits [batch, seq, vocabulary] of every position (training asks for the supervised ones only)."""
        return self.logits(self.hidden(ids)).view(*ids.shape, -1)


def to_llama_names(state: dict[str, Tensor], config: ModelConfig) -> dict[str, Tensor]:
    """Our weights under the names and in the shapes of `LlamaForCausalLM` (tied: no lm_head)."""
    keys = config.num_kv_heads * config.head_size
    sizes = [config.num_heads * config.head_size, keys, keys]
    out = {"model.embed_tokens.weight": state["embedding"], "model.norm.weight": state["final_norm"]}
    for i in range(config.num_layers):
        ours, theirs = f"blocks.{i}.", f"model.layers.{i}."
        query, key, value = torch.split(state[ours + "qkv"], sizes)
        gate, up = state[ours + "gate_up"].chunk(2)
        out |= {
            theirs + "input_layernorm.weight": state[ours + "attention_norm"],
            theirs + "self_attn.q_proj.weight": query,
            theirs + "self_attn.k_proj.weight": key,
            theirs + "self_attn.v_proj.weight": value,
            theirs + "self_attn.o_proj.weight": state[ours + "out"],
            theirs + "post_attention_layernorm.weight": state[ours + "feed_norm"],
            theirs + "mlp.gate_proj.weight": gate,
            theirs + "mlp.up_proj.weight": up,
            theirs + "mlp.down_proj.weight": state[ours + "down"],
        }
    return {name: weight.contiguous() for name, weight in out.items()}


def from_llama_names(state: dict[str, Tensor], config: ModelConfig) -> dict[str, Tensor]:
    """The inverse of `to_llama_names`, for going on from an exported folder."""
    out = {"embedding": state["model.embed_tokens.weight"], "final_norm": state["model.norm.weight"]}
    for i in range(config.num_layers):
        ours, theirs = f"blocks.{i}.", f"model.layers.{i}."
        attention = [state[f"{theirs}self_attn.{part}_proj.weight"] for part in "qkv"]
        feed = [state[f"{theirs}mlp.{part}_proj.weight"] for part in ("gate", "up")]
        out |= {
            ours + "attention_norm": state[theirs + "input_layernorm.weight"],
            ours + "qkv": torch.cat(attention),
            ours + "out": state[theirs + "self_attn.o_proj.weight"],
            ours + "feed_norm": state[theirs + "post_attention_layernorm.weight"],
            ours + "gate_up": torch.cat(feed),
            ours + "down": state[theirs + "mlp.down_proj.weight"],
        }
    return out
