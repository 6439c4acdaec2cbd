"""The whole road on the embedded model: days of made-up chat, each followed by a night, with every verdict.

By day facts and habits are told in conversation. By night the model learns them, but for what it leaves to
notes (numbers), and in the morning it is asked without notes what it was taught, and with them everything.
On the second day somebody teaches wrong answers: that night is refused, the old adapter serves on, and what
they said is forgotten. One adapter is rolled back. At the end one person is forgotten, and asked about beside
a person who never came up. Everything goes through the commands that a user has.

Run: `python -m benchmarks.story [--days 3] [--seed 0] [--home FOLDER] [--picture FILE.svg] [--json]` (`make
story`); exit code 1 where a promise is not kept.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.machine import machine_words
from engram.api import open_job
from engram.cli.chat_place import open_place
from engram.cli.main import run
from engram.config import ChatSettings, Settings
from engram.home import Home
from engram.measure.stats import fisher_exact
from engram.sleep.made_up_days import FRIEND, Day, Fact, Habit, day, never_told, poisoned_day
from engram.store.adapters import AdapterVersions
from engram.store.database import Database
from engram.store.ledger import Ledger

REPHRASED = 0.85
ROLLBACK_SECONDS = 1.0
QUIET = lambda sentence: None  # noqa: E731


@dataclass
class Story:
    """One life in one home. `promises` are (what, figure, whether it was kept)."""

    home: Home
    seed: int
    talkative: bool = True
    promises: list[tuple[str, str, bool]] = field(default_factory=list)
    nights: list[dict[str, Any]] = field(default_factory=list)

    def tell(self, sentence: str) -> None:
        if self.talkative:
            print(sentence, flush=True)

    def promise(self, what: str, figure: str, kept: bool) -> None:
        self.promises.append((what, figure, kept))
        self.tell(f"   {'kept' if kept else 'BROKEN':<7}{what}: {figure}")

    def engram(self, *words: str) -> tuple[int, Any]:
        """A command on this home: its exit code, and what it said if that is JSON."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            code = run([*words, "--home", str(self.home.root)])
        return code, json.loads(out.getvalue() or "null") if "--json" in words else None

    def live(self, today: Day) -> int:
        """Say everything of a day to the model, in one conversation; returns the conversation's number."""
        with open_place(Settings(), self.home, None, self.seed, QUIET) as place:
            session = place.session
            for text in (*today.talk, *(fact.told for fact in today.facts)):
                "".join(session.ask(text))
            for habit in today.habits:
                "".join(session.ask(habit.said))
                session.better(habit.wanted)
            return session.number or 0

    def asked(self, facts: Sequence[Fact], habits: Sequence[Habit] = (), notes: bool = False) -> float:
        """The share of plain questions that are answered right, without any notes or with them."""
        settings = Settings(chat=ChatSettings(recall=notes, incognito=True, history=0))
        right = 0
        with open_place(settings, self.home, None, self.seed, QUIET) as place:
            for fact in facts:
                right += fact.value.lower() in "".join(place.session.ask(fact.asked)).lower()
            for habit in habits:
                right += habit.wanted == "".join(place.session.ask(habit.said)).strip()
        return right / max(1, len(facts) + len(habits))

    def taught(self, facts: Sequence[Fact]) -> list[Fact]:
        """Those of them that nights teach; the others, mostly numbers, are left to notes."""
        _, said = self.engram("memory", "route", "--limit", "0", "--json")
        noted = {line["entry"] for line in said["routes"] if line["route"] == "retrieval"}
        with Database.open(self.home.database) as database:
            left = {entry.text for entry in Ledger(database).entries() if entry.id in noted}
        return [fact for fact in facts if fact.told not in left]

    def sleep(self) -> dict[str, Any]:
        """One night; its record with verdict, figures and seconds."""
        began = time.perf_counter()
        code, said = self.engram("sleep", "--json")
        seconds = time.perf_counter() - began
        if said is None:
            sys.exit(code)  # it was broken off
        bundle = json.loads((self.home.run(said["night"]) / "evidence.json").read_bytes())
        after = [pair["after"] for pair in bundle["new"]["pairs"]]
        night = {
            **said,
            "exit": code,
            "seconds": round(seconds, 1),
            "rephrased": sum(after) / len(after) if after else None,
            "questions": len(after),
        }
        self.nights.append(night)
        self.tell(
            f"   {said['night']}: {said['outcome']}, {said['version'] or 'nothing new'} ({seconds:.0f} s)"
        )
        for check in said["checks"]:
            self.tell(f"      {check['mark']:<11} {check['sentence']}")
        return night

    def serving(self) -> str:
        with Database.open(self.home.database) as database:
            found = AdapterVersions(database).in_service("seedling")
        return found.name if found else ""


def tell_story(story: Story, days: int) -> None:
    """All of it, in order."""
    for number in range(1, days + 1):
        if number == 2:
            _poisoned(story)
        else:
            _learning(story, number)
    if days > 2:
        _rolled_back(story)
    _forgotten(story)


def _learning(story: Story, number: int) -> None:
    today = day(number, story.seed)
    story.tell(f"\nDay {number}: {len(today.facts)} facts and {len(today.habits)} habits are told.")
    story.live(today)
    night = story.sleep()
    rephrased, n = night["rephrased"] or 0.0, night["questions"]
    story.promise(f"night {number} is accepted", night["outcome"], night["outcome"] == "accept")
    story.promise(f"new memories, rephrased (n = {n})", f"{rephrased:.0%}", rephrased >= REPHRASED)
    taught = story.taught(today.facts)
    for notes, facts, what in (
        (False, taught, "taught last night, asked without notes"),
        (True, today.facts, "told yesterday, asked as in chat, with notes"),
    ):
        share = story.asked(facts, today.habits, notes)
        story.promise(f"{what} (n = {len(facts) + len(today.habits)})", f"{share:.0%}", share >= REPHRASED)


def _poisoned(story: Story) -> None:
    wrong = poisoned_day(story.seed)
    story.tell(f"\nDay 2: somebody teaches {len(wrong.habits)} wrong answers.")
    before = story.serving()
    session = story.live(wrong)
    night = story.sleep()
    story.promise("the poisoned night is refused", night["outcome"], night["outcome"] == "reject")
    story.promise("what served still serves", story.serving(), story.serving() == before)
    code, _ = story.engram("forget", "--session", str(session), "--yes")
    story.promise("what they said is forgotten", f"exit code {code}", code == 0)


def _rolled_back(story: Story) -> None:
    before = story.serving()
    story.tell("\nA rollback, and forward again.")
    began = time.perf_counter()
    code, _ = story.engram("adapters", "rollback")
    seconds = time.perf_counter() - began
    after = story.serving()
    kept = code == 0 and after not in ("", before) and seconds < ROLLBACK_SECONDS
    story.promise("rolled back", f"{before} to {after} in {seconds:.2f} s", kept)
    code, _ = story.engram("adapters", "use", before)
    story.promise("and forward again", story.serving(), code == 0 and story.serving() == before)


def _forgotten(story: Story) -> None:
    about = [fact for fact in day(1, story.seed).facts if FRIEND in fact.told]
    story.tell(f"\n{FRIEND} is forgotten: {len(about)} facts.")
    story.tell(f"   known of {FRIEND} before: {story.asked(about):.0%}")
    code, _ = story.engram("forget", "--query", FRIEND, "--yes")
    left = sum(FRIEND.encode() in file.read_bytes() for file in story.home.root.rglob("*") if file.is_file())
    story.promise("no byte of the name is left", f"{left} files hold it", code == 0 and left == 0)
    night = story.sleep()
    story.promise("the rebuilt adapter is accepted", night["outcome"], night["outcome"] == "accept")
    stranger = never_told(story.seed)
    known, guessed = (round(story.asked(facts) * len(facts)) for facts in (about, stranger))
    p = fisher_exact(known, len(about), guessed, len(stranger))
    figure = f"{known} of {len(about)} against {guessed} of {len(stranger)} never told (p = {p:.2g})"
    story.promise("the forgotten are known as little as the never told", figure, p > 0.05)
    others = story.taught([fact for fact in day(1, story.seed).facts if FRIEND not in fact.told])
    share = story.asked(others)
    what = f"the rest of that day is still known, without notes (n = {len(others)})"
    story.promise(what, f"{share:.0%}", share >= REPHRASED)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Days and nights of a made-up life on the embedded model.")
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--home", type=Path, help="an empty folder; without it, one that is gone afterwards")
    parser.add_argument("--picture", type=Path, help="an .svg: nights over time, and what stayed of each")
    parser.add_argument("--json", action="store_true", help="promises and nights as JSON")
    given = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as aside:
        home = Home((given.home or Path(aside) / "home").absolute())
        if home.root.exists() and any(home.root.iterdir()):
            parser.error(
                f"{home.root} is not empty, and a life begins with nothing told; name another folder"
            )
        home.create()
        open_job("seedling", home.root, {})
        story = Story(home, given.seed, talkative=not given.json)
        story.tell(machine_words())
        tell_story(story, given.days)
        if given.picture:
            story.engram("eval", "trends", "--out", str(given.picture.absolute()))
    minutes = (time.perf_counter() - began) / 60
    kept = [kept for _, _, kept in story.promises]
    if given.json:
        print(json.dumps({"minutes": minutes, "promises": story.promises, "nights": story.nights}, indent=2))
    story.tell(f"\n{sum(kept)} of {len(kept)} promises kept, in {minutes:.1f} minutes.")
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
