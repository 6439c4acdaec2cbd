"""The ways to ask for a pattern: those trained, those that only validate, and those that only test.

A wording is a template with one `{input}`. The kind of a pattern is guessed from its category and set name,
with a fallback that suits anything, so files from elsewhere need no setting. Test wordings are never trained
for any pattern, and at least 40% of their words are missing from each training wording (a test holds that).
Not here: who gets which wording (build.py).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache

BARE = "{input}"
PREFIXES = (BARE, "Complete: {input}", "Continue: {input}", "Finish this: {input}")


@dataclass(frozen=True, slots=True)
class Wordings:
    """Templates for one kind of pattern, by use. `train` excludes prefixes and composed wordings, which all
    kinds share."""

    train: tuple[str, ...]
    valid: tuple[str, ...]
    test: tuple[str, ...]


_ANY_TRAIN = (
    "What comes next? {input}",
    "Please finish: {input}",
    "{input} ... what follows?",
    "Here is the start: {input}\nGive the rest.",
    "How does this end? {input}",
    "I have this: {input}",
    "{input}\nPlease complete it.",
    "You know this one. {input}",
)
_ANY_VALID = (
    "Add the ending: {input}",
    "{input}\nAnd then?",
    "Fill in the rest of this: {input}",
)
_ANY_TEST = (
    "Could you carry on from here? {input}",
    "{input}\nWrite whatever should stand after that.",
    "Someone began with {input} but stopped. Supply the missing part.",
)

# Composed wordings: a beginning, an ending, or both. Their number is what teaches a model to look for the
# pattern inside a sentence, instead of learning a handful of sentences by heart. An ending that goes on in
# the same sentence follows where the pattern begins one: "Okay: ... needs an end.", but not "Take ... needs
# an end."
_BEFORE_A_SENTENCE = (
    "",
    "Hello. ",
    "Hi there, ",
    "Okay: ",
    "Next: ",
    "Now this one: ",
    "Look at this: ",
    "Question: ",
    "Exercise: ",
    "Task number 7: ",
    "From the book: ",
    "For example ",
    "Good morning. ",
    "Sorry to bother you. ",
    "It is late, but one more: ",
    "The next card reads: ",
    "Line three of the sheet: ",
    "Short break over, here goes. ",
)
_COURTESY = ("", "Please ", "Would you ", "Can you ", "Do me a favour and ", "If you have a minute, ")
_REQUESTS = (
    "let me know",
    "look this up",
    "help me with one thing",
    "work this out",
    "give me a hint",
    "check one more",
    "jot this down",
    "sort this out",
)
_BECAUSE = (": ", ", thanks a lot: ", ", it slipped my mind: ", ". I never remember: ", ", as before: ")
_ASKED = tuple(
    (courtesy + request if courtesy else request.capitalize()) + because
    for courtesy in _COURTESY
    for request in _REQUESTS
    for because in _BECAUSE
)
_OPENINGS = (
    "Let us try ",
    "In my notes I wrote ",
    "Yesterday I saw ",
    "The text says ",
    "On the page it says ",
    "Take ",
    "Consider ",
    "I was reading and found ",
    "We have ",
    "My teacher gave me ",
    "In this chat I only want ",
    "Someone at work asked about ",
)
_SCENES = ("", "On the train ", "During the call ")
_WHO = (
    "a friend",
    "the manual",
    "our tutor",
    "this page",
    "a customer",
    "my brother",
    "her letter",
    "the second column",
)
_DID = ("mentions ", "shows ", "starts with ", "sent me ", "ends on ", "asks for ")
_WITHIN_A_SENTENCE = _OPENINGS + tuple(
    scene + (who if scene else who.capitalize()) + f" {did}"
    for scene in _SCENES
    for who in _WHO
    for did in _DID
)
_SENTENCES = (
    "",
    " Please answer.",
    " Answer:",
    "\nGo on.",
    " and so on",
    "\nWhat is it?",
    " Tell me the rest.",
    "\nBe brief.",
    " I need the ending.",
    " That is all I have.",
    "\nThen?",
    " What would you say?",
    " Say it.",
    " Thank you.",
    " Your turn.",
    "\nWhat is missing?",
    " before the bell rang. What did they want?",
    " as usual. You surely know how it ends.",
    " in red letters. Help me out.",
    " but not what follows.",
    "\nThe answer, in a few words:",
    "\nKeep it short.",
    "\nJust a word or two is enough.",
    " No explanation needed.",
    " I would be grateful.",
    " Many thanks!",
    "\nI used to know that.",
    " again and again. Give it an end.",
    "\nGo ahead.",
    "\nI am listening.",
    "\nTake your time.",
    "\nYou told me once.",
    "\nPlain words, if you can.",
    "\nI will note it down.",
    "\nMy pen is ready.",
    "\nThat is my question.",
    "\nDo you know?",
    "\nLet me have it.",
    "\nA name or a number, nothing more.",
    "\nSorry to ask twice.",
    "\nSay only what you know.",
    "\nHurry, the bus is here.",
    "\nBest wishes, a friend",
    "\nOver to you.",
    "\nIt is for a form.",
    "\nHelp me remember.",
    "\nNo long story, I am tired.",
    "\nWe talked about it last week.",
    "\nI am counting on you.",
    "\nTell me now.",
    "\nAs ever, from the top of your head.",
    "\n(I need it for a letter.)",
)
_GOING_ON = (
    " is where I am.",
    " was on the screen.",
    " is not finished yet.",
    " needs an end.",
    " and I am stuck. What now?",
    " is all that the card says. Turn it over.",
    " stands on top, and below it?",
)
_ENDINGS = _SENTENCES + _GOING_ON
BEGUN = tuple(
    f"{beginning}{BARE}" for beginning in _BEFORE_A_SENTENCE + _WITHIN_A_SENTENCE + _ASKED if beginning
)
ENDED = tuple(f"{BARE}{ending}" for ending in _ENDINGS if ending)
ENCLOSED = tuple(
    f"{beginning}{BARE}{ending}"
    for beginnings, endings in (
        (_BEFORE_A_SENTENCE, _ENDINGS),
        (_WITHIN_A_SENTENCE, _SENTENCES),
        (_ASKED, _SENTENCES),
    )
    for beginning in beginnings
    for ending in endings
    if beginning and ending
)
COMPOSED = BEGUN + ENDED + ENCLOSED

_OF_KIND = {
    "fact": Wordings(
        ("Tell me: {input}", "Do you know? {input}", "A question: {input}", "Recall the fact. {input}"),
        ("Let me hear it: {input}", "From memory: {input}"),
        (
            "Quick quiz for a friend! {input}",
            "I keep forgetting; remind me, will you? {input}",
            "{input}\nOne short reply will do.",
            "Settle a small argument for us. {input}",
            "My granddaughter wants to be told: {input}",
            "{input}\nBoth of us disagree, so you decide.",
        ),
    ),
    "error": Wordings(
        (
            "How do I fix this? {input}",
            "I get this error: {input}",
            "{input}\nWhat should I try?",
            "Give me the fix for: {input}",
        ),
        ("This went wrong: {input}", "{input}\nAny advice?"),
        (
            "My terminal just printed {input} and now nothing works. Suggest a remedy.",
            "Help, a colleague ran into {input}",
            "{input}\nWhich step solves that problem?",
        ),
    ),
    "format": Wordings(
        (
            "Convert: {input}",
            "Write this in the right format: {input}",
            "Rewrite {input}",
            "{input}\nGive only the result.",
        ),
        ("Reformat: {input}", "{input}\nShow how it should look."),
        (
            "Kindly transform one value for me: {input}",
            "{input}\nHow would you put that?",
            "For our report we must express {input} properly. Can you?",
        ),
    ),
    "code": Wordings(
        (
            "Complete this code: {input}",
            "What is the next line? {input}",
            "The code begins: {input}",
            "{input}\nWrite the code that follows.",
        ),
        ("Type on: {input}", "My editor shows: {input}"),
        (
            "While programming, somebody typed {input} and paused. Carry on.",
            "Autofill my snippet, thanks: {input}",
            "{input}\nWhich characters belong after that?",
        ),
    ),
}
# The first kind with a hint that begins a word of category or set name decides.
_HINTS = {
    "error": ("error", "exception", "fix", "missing", "traceback", "bug", "warning", "trouble"),
    "format": ("format", "date", "case", "number", "phone", "convert", "percent", "csv", "markdown", "time"),
    "code": ("code", "idiom", "python", "javascript", "shell", "sql", "git", "rust", "java", "bash", "api"),
    "fact": ("fact", "capital", "chemi", "histor", "geograph", "unit", "port", "science", "knowledge"),
}


@cache
def wordings(category: str, set_name: str = "") -> Wordings:
    """All wordings for patterns of this category: those of its kind and those that suit anything."""
    kind = _kind(category) or _kind(set_name)
    if kind is None:
        return Wordings(_ANY_TRAIN, _ANY_VALID, _ANY_TEST)
    own = _OF_KIND[kind]
    return Wordings(own.train + _ANY_TRAIN, own.valid + _ANY_VALID, own.test)


def _kind(name: str) -> str | None:
    words = re.findall(r"[^\W_]+", name.casefold())
    for kind, hints in _HINTS.items():
        if any(word.startswith(hint) for word in words for hint in hints):
            return kind
    return None


def every_wording() -> Wordings:
    """The templates of all kinds together; `train` with the prefixes."""
    kinds = tuple(_OF_KIND.values())
    return Wordings(
        PREFIXES + _ANY_TRAIN + tuple(text for kind in kinds for text in kind.train) + COMPOSED,
        _ANY_VALID + tuple(text for kind in kinds for text in kind.valid),
        _ANY_TEST + tuple(text for kind in kinds for text in kind.test),
    )


def put(template: str, text: str) -> str:
    """The template with `text` in its place; braces in `text` mean nothing."""
    return template.replace(BARE, text, 1)


@cache
def _frames() -> dict[str, tuple[str, ...]]:
    """What stands before the input in trained templates, each with what may stand after it."""
    frames: dict[str, tuple[str, ...]] = {}
    for template in every_wording().train:
        before, after = template.split(BARE)
        frames[before] = (*frames.get(before, ()), after)
    return frames


def frame(prompt: str) -> tuple[str, str]:
    """What stands before and after the pattern's own text in a trained wording: the longest that fits, and
    ("", "") when the prompt is in none."""
    found = ("", "")
    for before, afters in _frames().items():
        if not prompt.startswith(before):
            continue
        for after in afters:
            around = len(before) + len(after)
            if len(prompt) > around > len(found[0]) + len(found[1]) and prompt.endswith(after):
                found = (before, after)
    return found


@cache
def wordings_digest() -> str:
    """sha256 over all templates: data sets built with other wordings are not the same data set."""
    known = every_wording()
    parts = (*known.train, "", *known.valid, "", *known.test, repr(_HINTS))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
