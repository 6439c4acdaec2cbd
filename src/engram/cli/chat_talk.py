"""A conversation at a terminal: read, answer, and go on, whatever goes wrong in between.

Not here: reading (chat_input.py), commands (chat_commands.py), or how it looks (chat_screen.py).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing, suppress
from functools import partial

from engram.chat.commands import is_command
from engram.cli import chat_screen as screen
from engram.cli.by_day import noting
from engram.cli.calling import typed
from engram.cli.chat_commands import Commands
from engram.cli.chat_completion import suggestions
from engram.cli.chat_input import Reader, Typed
from engram.cli.chat_place import Place
from engram.cli.chat_signals import stoppable
from engram.cli.main import plain_errors
from engram.errors import EngramError, StorageError

PROMPT = "> "
Speak = Callable[[Callable[[], bool]], Generator[str, None, None]]
"""Says something to the model, which is asked to stop when the given function says so."""


class Talk:
    """One conversation until the user leaves, or the program is told to end."""

    def __init__(self, place: Place, reader: Reader | None = None) -> None:
        self._place = place
        self._reader = reader or Reader(place.ledger, partial(suggestions, place))
        self._commands = Commands(place, self._reader)
        self._unsaid = ""  # what could not be written down, for the user to try again

    def run(self) -> None:
        """Until the end, whatever goes wrong in between."""
        while (line := self._read()) is not None:
            try:
                with plain_errors():
                    if not self._turn(line):
                        break
            except EngramError as error:
                self._explain(error, line)
            screen.tell("")
        if (number := self._place.session.number) is not None:
            look = typed(self._place.home, "memory", "list", "--session", str(number))
            screen.whisper(f"Written down as conversation {number}: {look}")

    def _explain(self, error: EngramError, line: Typed) -> None:
        """What went wrong. What could not be written down stands at the prompt again."""
        screen.show_error(error)
        if isinstance(error, StorageError) and not is_command(line.text):
            self._unsaid = line.text
            screen.whisper("It was not written down, and not answered. /incognito talks without writing.")

    def _read(self) -> Typed | None:
        """The next thing typed; None at the end: Ctrl-D, or Ctrl-C twice."""
        default, self._unsaid = self._unsaid, ""
        for warned in (False, True):
            try:
                while not (line := self._reader.read(PROMPT, default)).text:
                    default = ""
                return line
            except EOFError:
                return None
            except KeyboardInterrupt:
                default = ""
                if not warned:
                    screen.whisper("Ctrl-C once more, or Ctrl-D, leaves.")
        return None

    def _turn(self, line: Typed) -> bool:
        """Whether the conversation goes on."""
        session = self._place.session
        if not is_command(line.text):
            return self._answer(partial(session.ask, line.text, line.source))
        try:
            again = self._commands.run(line)
        except EOFError:
            return False
        except KeyboardInterrupt:
            return True
        return again is None or self._answer(partial(session.edit, again.text, again.source))

    def _answer(self, speak: Speak) -> bool:
        """Show the answer as it comes; whether the conversation goes on."""
        session = self._place.session
        before = session.last
        # A second Ctrl-C interrupts the model; a terminal that is gone must not keep the answer from its end.
        with (
            noting(session, self._place.database),
            stoppable() as stop,
            suppress(KeyboardInterrupt),
            closing(speak(stop.asked)) as pieces,
        ):
            for piece in pieces:
                screen.show_piece(piece)
        screen.show_end(session.last if session.last is not before else None)
        return not stop.leave
