"""What the commands of a conversation do, each by one method of the name.

Not here: their names and arguments (chat/commands.py), or how things look (chat_screen.py).
"""

from __future__ import annotations

from dataclasses import replace

from engram.chat.commands import parse, parse_fact, parse_numbers
from engram.chat.exchange import Exchange
from engram.cli import chat_screen as screen
from engram.cli.chat_input import Reader, Typed
from engram.cli.chat_place import Place
from engram.cli.fact_remarks import remarks
from engram.cli.forget import lines
from engram.cli.output import BARE
from engram.cli.remembered import count
from engram.errors import UsageError
from engram.store.entries import CHAT
from engram.store.facts import Told, remember_all
from engram.store.forgetting import choose, forget
from engram.store.ledger import Ledger
from engram.store.receipts import Outcome
from engram.store.tags import STORED_TAGS, check_tags, may_store, parse_tags


class Commands:
    """The commands of one conversation."""

    def __init__(self, place: Place, reader: Reader) -> None:
        self._place = place
        self._reader = reader

    def run(self, line: Typed) -> Typed | None:
        """Do it; what is to be said in place of the last thing, if anything.

        Raises EngramError, KeyboardInterrupt where it was given up, EOFError to leave.
        """
        name, argument = parse(line.text)
        again: Typed | None = getattr(self, f"_{name}")(argument)
        return replace(again, source=line.source) if again and argument else again

    def _why(self, _: str) -> None:
        screen.show_why(self._last())

    def _remember(self, argument: str) -> None:
        key, written = parse_fact(argument)
        value, tags = parse_tags(written)
        if self._place.session.incognito:
            raise UsageError("Incognito: nothing is written down.", "/incognito ends that.")
        if not may_store(tags):
            raise UsageError(
                "What is tagged #private is never written down.", "Leave the tag out to keep it."
            )
        ledger = self._ledger()
        (found,) = remember_all(ledger, [Told(key, value, tags=tags)], session=self._place.session.number)
        fact, before = found.entry, found.before
        known = f"Written down as entry {fact.id}" if found.changed else f"Entry {fact.id} says so already"
        older = f" (before: {before.text}, entry {before.id})" if before and found.changed else ""
        screen.tell(f"{known}: {fact.key} = {fact.text}{older}")
        for sentence in remarks(ledger, found, self._place.settings.lookup.shortest_key):
            screen.whisper(sentence)

    def _forget(self, argument: str) -> None:
        if not argument:
            raise UsageError("Forget what?", "/forget 12 13, or words that it contains: /forget Rufo")
        ledger, numbers = self._ledger(), parse_numbers(argument)
        entries = choose(ledger, ids=numbers) if numbers else choose(ledger, query=argument)
        if not entries:
            screen.tell("Nothing that is written down contains that.")
            return
        screen.show_entries(entries)
        if not self._reader.confirm(f"Forget {count(len(entries), 'entry', 'entries')} for good?"):
            screen.tell("Nothing was forgotten.")
            return
        home = self._place.home
        receipt = forget(home, ledger.database, entries, how="ids" if numbers else "query")
        self._place.session.forget(receipt.entries)
        self._reader.renew()
        for name, value in lines(receipt, receipt.outcome or Outcome()):
            screen.tell(f"{name:<10} {value}")

    def _good(self, _: str) -> None:
        number = self._place.session.rate(1)
        screen.tell(f"Entry {number} is confirmed: it may be learned from.")

    def _bad(self, _: str) -> None:
        number = self._place.session.rate(-1)
        screen.tell(f"Entry {number} is rejected: it will not be learned from.")

    def _better(self, argument: str) -> None:
        number = self._place.session.better(argument)
        screen.tell(f"Entry {number} stands in its place: it may be learned from.")

    def _edit(self, argument: str) -> Typed | None:
        last = self._last()
        again = Typed(argument, CHAT) if argument else self._reader.read("edit> ", last.question)
        return again if again.text else None

    def _tag(self, argument: str) -> None:
        last = self._last()
        if argument:
            tags = frozenset() if argument == BARE else check_tags(argument.replace(",", " ").split())
            if not may_store(tags):
                gone = " ".join(map(str, last.entries)) or "NUMBER"
                raise UsageError("It is written down already.", f"To have it gone: /forget {gone}")
            self._place.session.tag(tags)
            last = self._last()
        names = " ".join(f"#{tag}" for tag in STORED_TAGS if tag in last.tags) or "no tags"
        which = " and ".join(map(str, last.entries))
        screen.tell(
            f"Entries {which}: {names}." if last.written else "The last exchange is not written down."
        )

    def _incognito(self, _: str) -> None:
        session = self._place.session
        if self._place.database is None:
            raise UsageError("Nothing can be written down here.", "Leave, and start without --incognito.")
        session.incognito = not session.incognito
        if session.incognito:
            screen.tell("Nothing is written down from here on. /incognito again ends that.")
        else:
            screen.tell(
                "What is said is written down again; what was said incognito is no longer before the model."
            )

    def _adapter(self, argument: str) -> None:
        session = self._place.session
        base = self._place.job.base.id
        if argument:
            self._place.wear(argument)
            now = f"with {session.answerer.adapter}" if session.answerer.adapter else "without an adapter"
            screen.tell(f"{base} answers {now} in this conversation.")
            return
        for name in (BARE, *self._place.versions()):
            mark = "*" if name == (session.answerer.adapter or BARE) else " "
            screen.tell(f"{mark} {name}")

    def _quit(self, _: str) -> None:
        raise EOFError

    def _help(self, _: str) -> None:
        screen.show_help()

    def _last(self) -> Exchange:
        if self._place.session.last is None:
            raise UsageError("Nothing was answered yet.", "Say something first.")
        return self._place.session.last

    def _ledger(self) -> Ledger:
        if self._place.ledger is None:
            raise UsageError("Nothing is written down yet.", "Leave, and start without --incognito.")
        return self._place.ledger
