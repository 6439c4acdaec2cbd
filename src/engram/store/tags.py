"""The tags that a user can write, and what they and the speaker allow: pure rules.

| tag        | stored | retrieved | trained |
|------------|--------|-----------|---------|
| #no-train  | yes    | yes       | no      |
| #no-rag    | yes    | no        | yes     |
| #no-memory | yes    | no        | no      |
| #private   | no     | no        | no      |

Not here: who asks before storing, retrieving or training.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from engram.errors import UsageError
from engram.store.entries import CHAT, REMEMBER, Entry

STORED_TAGS = ("no-train", "no-rag", "no-memory")
PRIVATE = "private"
TAGS = (*STORED_TAGS, PRIVATE)

# A tag stands alone: not a part of a longer word, of an address or of code such as `x#private`. The gap
# before it goes with it.
_TAG = re.compile(rf"(?:^|\s+)#({'|'.join(TAGS)})(?=$|[\s.,;:!?)\]}}])", re.IGNORECASE)


def parse_tags(text: str) -> tuple[str, frozenset[str]]:
    """The text without its tags, and the tags. A text without tags comes back as it is."""
    lines = [(line, [match.group(1).lower() for match in _TAG.finditer(line)]) for line in text.split("\n")]
    found = frozenset(tag for _, tags in lines for tag in tags)
    if not found:
        return text, found
    return "\n".join(_TAG.sub("", line).strip() if tags else line for line, tags in lines).strip(), found


def check_tags(tags: Iterable[str]) -> frozenset[str]:
    """The tags as a set, a leading # removed. Raises UsageError that names one that is none."""
    found = frozenset(tag.strip().lower().removeprefix("#") for tag in tags)
    if wrong := sorted(found - set(TAGS)):
        raise UsageError(
            f"There is no tag #{wrong[0]}.", f"There are {', '.join('#' + tag for tag in TAGS)}."
        )
    return found


def tags_to_text(tags: Iterable[str]) -> str:
    """As the ledger keeps them: in one order, with spaces between. Raises UsageError for #private."""
    found = check_tags(tags)
    if not may_store(found):
        raise UsageError("What is tagged #private is never written down.", "Leave the tag out to keep it.")
    return " ".join(tag for tag in STORED_TAGS if tag in found)


def may_store(tags: Iterable[str]) -> bool:
    """Whether it may be written down at all."""
    return PRIVATE not in tags


def may_retrieve(tags: Iterable[str]) -> bool:
    """Whether it may be shown to the model as a note."""
    return not {"no-rag", "no-memory", PRIVATE} & set(tags)


def may_train(entry: Entry) -> bool:
    """Whether an adapter may be trained on it: said by the user, or confirmed by them; not pasted,
    imported or from a tool otherwise; never a thought; not where a tag, a flag or a bad rating says no."""
    if entry.kind == "thought" or {"no-train", "no-memory", PRIVATE} & entry.tags or entry.rating < 0:
        return False
    if entry.flags:
        return False
    return entry.rating > 0 or (entry.speaker == "user" and entry.source in (CHAT, REMEMBER))
