"""What an import found and did, as lines for a terminal and as JSON.

Not here: importing (import_chats.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engram.chat.importers.detect import Export
from engram.chat.importers.importing import Summary, total
from engram.cli.main import visible
from engram.cli.remembered import count

SHOWN = 5
"""Refused conversations that are named."""
_WHO = {"user": "you", "assistant": "model", "thought": "thoughts", "tool": "tools"}


def sentence(export: Export) -> str:
    """`export.zip: ChatGPT export, 3 shards, 412.0 MB.`"""
    parts = f", {count(export.parts, 'shard')}" if export.parts > 1 else ""
    unread = ""
    if export.unread:
        names = ", ".join(export.unread[:SHOWN]) + (", ..." if len(export.unread) > SHOWN else "")
        unread = f" Not read: {names}."
    return visible(f"{export.path.name}: {export.title}{parts}, {_size(export.size)}.{unread}")


def table(exports: Sequence[Export], summaries: Sequence[Summary], dry_run: bool) -> Iterator[str]:
    """The summary: a line for each export where there are several, then all of it together."""
    if len(exports) > 1:
        for export, summary in zip(exports, summaries, strict=True):
            turns = count(summary.turns, "new message")
            yield visible(f"{export.path.name}: {count(summary.conversations, 'conversation')}, {turns}")
    found = total(summaries)
    for name, value in _lines(found):
        yield f"{name:<14} {value}"
    for refused in found.refused[:SHOWN]:
        yield visible(f"{'':<14} {refused.where}: {refused.reason}")
    for problem in found.problems:
        yield visible(f"!!  {problem}")
    if dry_run:
        yield "Nothing was written: this was a dry run."


def as_json(export: Export, summary: Summary) -> dict[str, Any]:
    """One export as JSON values."""
    return {
        "file": str(export.path),
        "source": export.source,
        "format": export.title,
        "parts": export.parts,
        "bytes": export.size,
        "unread": list(export.unread),
        "conversations": {
            "read": summary.conversations,
            "new": summary.new_conversations,
            "grown": summary.grown_conversations,
        },
        "turns": {"new": {who: summary.new[who] for who in _WHO}, "already_there": summary.known},
        "left_out": dict(summary.left_out),
        "masked": dict(summary.masked),
        "refused": [{"where": refused.where, "reason": refused.reason} for refused in summary.refused],
        "problems": summary.problems,
    }


def _lines(found: Summary) -> Iterator[tuple[str, str]]:
    same = found.conversations - found.new_conversations - found.grown_conversations
    new = {"new": found.new_conversations, "grown": found.grown_conversations, "unchanged": same}
    yield "conversations", f"{found.conversations:,}{_detail(new)}"
    speakers = {shown: found.new[who] for who, shown in _WHO.items()}
    yield "new messages", f"{found.turns:,}{_detail(speakers)}"
    if found.known:
        yield "already there", f"{found.known:,}"
    for at, (reason, number) in enumerate(found.masked.most_common()):
        yield "" if at else "masked", f"{reason}: {number:,}"
    for at, (reason, number) in enumerate(found.left_out.most_common()):
        yield "" if at else "left out", f"{reason}: {number:,}"


def _size(number: int) -> str:
    return f"{number / 1e6:,.1f} MB" if number >= 1e5 else f"{number / 1e3:.1f} kB"


def _detail(counts: Mapping[str, int]) -> str:
    shown = ", ".join(f"{name} {number:,}" for name, number in counts.items() if number)
    return f" ({shown})" if shown else ""
