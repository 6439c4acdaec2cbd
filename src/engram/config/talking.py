"""Settings of conversations, of what is found again, and of what is never written down. Not here: nights."""

from __future__ import annotations

from typing import Any, Literal

from engram.config.section import Section, setting

OnFinding = Literal["mask", "keep", "drop"]
_MEASURED = "measured on the shipped sets, docs/lab.md"


class ChatSettings(Section):
    """How `engram chat` answers, and how a single answer is generated."""

    system: str = setting(
        "",
        "What the model is told before every conversation.",
        unit="",
        why="the embedded model was trained without one",
    )
    temperature: float = setting(0.0, "0 is greedy.", unit="", why="greedy answers can be repeated", ge=0)
    top_p: float = setting(1.0, "Nucleus sampling.", unit="share", why="1 leaves it off", gt=0, le=1)
    max_tokens: int = setting(128, "Longest answer.", unit="tokens", why="most answers are shorter", ge=1)
    history: int = setting(
        6,
        "Latest exchanges of this conversation that the model sees again, as far as its context goes.",
        unit="exchanges",
        why="beyond 12 the embedded model reads its notes no more, docs/chat.md; recall finds what is older",
        ge=0,
    )
    recall: bool = setting(
        True, "Show the model what it was told in other conversations.", unit="", why="that is what it is for"
    )
    lookup: bool = setting(
        True,
        "Answer with a fact, word for word, where a question asks for exactly that.",
        unit="",
        why="what was told on purpose is to come back as it was told",
    )
    incognito: bool = setting(False, "Write nothing down.", unit="", why="a memory needs what was said")


class RecallSettings(Section):
    """What a model is shown of earlier conversations."""

    tokens: int = setting(
        400, "Longest notes before a question.", unit="tokens", why="the frame the model was trained on", ge=1
    )
    notes: int = setting(3, "Most notes before a question.", unit="notes", why="measured, docs/lab.md", ge=1)
    floor: float = setting(
        0.55,
        "Least share of a question, weighed by rarity, that a memory covers to become a note.",
        unit="share",
        why="unrelated memories only confuse",
        ge=0,
        le=1,
    )
    beside: float = setting(
        0.7,
        "Least share of the best note's figure that another one needs to stand beside it.",
        unit="share",
        why="measured with the embedded model, docs/lab.md",
        ge=0,
        le=1,
    )
    likeness: float = setting(
        1.0,
        "Least cosine from which a memory becomes a note whatever words it shares; 1 is never.",
        unit="cosine",
        why="our own vectors know no meanings; try 0.6 with a model that does",
        gt=0,
        le=1,
    )
    embedder: str = setting(
        "hashed",
        "hashed (our own), none, or a model2vec model: a folder, or a Hub id (extra embed).",
        unit="",
        why="hashed needs no download",
    )


class LookupSettings(Section):
    """When a fact that was told on purpose answers word for word. docs/memory.md says more."""

    when: Literal["asked", "ends", "contains"] = setting(
        "asked",
        "asked: the last sentence asks for a key, or is one; ends: it ends with a key; contains: holds one.",
        unit="",
        why="a sentence that only mentions a key wants another answer",
    )
    shortest_key: int = setting(
        6,
        "Keys of fewer characters, without spaces, answer only where nothing else is said.",
        unit="characters",
        why="short words end many sentences",
        ge=1,
    )
    namespaces: tuple[str, ...] = setting(
        (),
        'Namespaces that are looked up, in this order ("" is the common one); without any, all.',
        unit="",
        why="facts of other programs may lie in namespaces of their own",
    )


def _on_finding(what: str, why: str = "what is never written down cannot leak") -> Any:
    return setting("mask", f"{what}: mask, keep, or drop the whole text.", unit="", why=why)


class PrivacySettings(Section):
    """What becomes of secrets and personal data before anything is stored, indexed or trained."""

    api_key: OnFinding = _on_finding("API keys")
    token: OnFinding = _on_finding("Access tokens")
    private_key: OnFinding = _on_finding("Private keys and seed phrases")
    password: OnFinding = _on_finding("Passwords")
    connection_string: OnFinding = _on_finding("Addresses and connection strings with a password")
    email: OnFinding = _on_finding("Mail addresses")
    phone: OnFinding = _on_finding("Telephone numbers")
    card: OnFinding = _on_finding("Payment card numbers")
    iban: OnFinding = _on_finding("Bank account numbers (IBAN)")
    ip: OnFinding = _on_finding("IP addresses")
    mac: OnFinding = _on_finding("Hardware addresses (MAC)")
    national_id: OnFinding = _on_finding("Numbers that states give their people")
    address: OnFinding = _on_finding("Postal addresses")
    birth_date: OnFinding = _on_finding("Dates of birth")
    name: OnFinding = _on_finding("Names of people, where a recogniser finds them", "as the types above")
    names: Literal["none", "presidio"] = setting(
        "none",
        "What finds names: none, or presidio (extra privacy).",
        unit="",
        why="rules cannot, and a memory without names is of little use",
    )
    unsafe: Literal["flag", "keep"] = setting(
        "flag",
        "Unsafe or abusive content: flag it (then it is neither indexed nor trained), or keep it.",
        unit="",
        why="what is repeated to a model comes back from it",
    )
