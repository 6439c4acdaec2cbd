"""Skill `greet`: greetings, thanks, goodbyes, and what Seedling says about itself. Answers are fixed."""

from __future__ import annotations

from random import Random

from pretraining.skills.base import Turn, several, vary
from pretraining.words import Split, draw, name

SELF = "I am Seedling, a small language model that lives on your own machine."
ABLE = "I can answer from your notes, copy, sort, count, add and subtract, and write lists and JSON."
HELLO = (
    "hello",
    "hi",
    "hey",
    "good morning",
    "good evening",
    "good afternoon",
    "hi there",
    "hello there",
    "greetings",
)
OPENERS = (
    "",
    "",
    "",
    "hi, ",
    "hello, ",
    "hey, ",
    "so ",
    "ok, ",
    "tell me, ",
    "quick question: ",
    "by the way, ",
)
ENDS = ("?", "?", "", " please?", " then?", " exactly?", ", seedling?")
WHO = [
    "who are you",
    "what are you",
    "what is your name",
    "who am i talking to",
    "what should i call you",
    "tell me about yourself",
    "introduce yourself",
    "what kind of model are you",
    "do you have a name",
    "what model is this",
]
HUMAN = [
    "are you human",
    "are you a person",
    "are you a real person",
    "are you alive",
    "am i talking to a person",
]
WHERE = ["where do you run", "where do you live", "do you run in the cloud", "does my data leave my machine"]
CAN = [
    "what can you do",
    "how can you help me",
    "what are you good at",
    "what are your skills",
    "what do you know how to do",
]
THANKS = [
    "thanks",
    "thank you",
    "thanks a lot",
    "many thanks",
    "thank you so much",
    "great, thanks",
    "perfect, thank you",
]
BYE = [
    "bye",
    "goodbye",
    "see you",
    "good night",
    "see you tomorrow",
    "bye for now",
    "i have to go",
    "talk to you later",
]
ANSWERS: tuple[tuple[list[str], str], ...] = (
    (WHO, SELF),
    (HUMAN, f"No. {SELF}"),
    (WHERE, "I live on your own machine, and what you tell me stays there."),
    (CAN, ABLE),
)
CLOSINGS: tuple[tuple[list[str], str], ...] = (
    (THANKS, "You are welcome!"),
    (BYE, "Goodbye! Come back any time."),
)


def _hello(rng: Random, split: Split) -> Turn:
    greeting = rng.choice(HELLO)
    if rng.random() < 0.2 and split == "train":
        return Turn(greeting + rng.choice(("", "!", ".")), "Hello! How can I help you today?")
    who = name(rng, split)
    forms = (
        f"{greeting}, i am {who}",
        f"{greeting}, my name is {who}",
        f"{greeting}! i'm {who}.",
        f"i am {who}, {greeting}",
    )
    return Turn(rng.choice(forms), f"Hello, {who}! How can I help you today?")


def _about(rng: Random, split: Split) -> Turn:
    def make() -> tuple[str, str]:
        cores, answer = rng.choices(ANSWERS, (5, 2, 2, 4))[0]
        return rng.choice(OPENERS) + rng.choice(cores) + rng.choice(ENDS), answer

    return Turn(*draw(make, split, lambda made: made[0]))


def _closing(rng: Random, split: Split) -> Turn:
    def make() -> tuple[str, str]:
        cores, answer = rng.choice(CLOSINGS)
        opener = rng.choice(("", "", "ok, ", "well, ", "that is all, ", "good, "))
        return opener + rng.choice(cores) + rng.choice(("", "!", ".", ", seedling", ", seedling!")), answer

    return Turn(*draw(make, split, lambda made: made[0]))


def turn(rng: Random, split: Split) -> Turn:
    made = rng.choices((_hello, _about, _closing), (3, 5, 2))[0](rng, split)
    return Turn(vary(rng, made.user), made.assistant)


conversation = several(turn, 2, 4)
