"""The ledger proves itself: any change of what may not change is found, and a whole one is never accused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.remembering import furnish, opened, said

from engram.errors import StorageError
from engram.home import Home
from engram.store import facts
from engram.store.chain import FIELDS, digest_of, link
from engram.store.entries import NewEntry
from engram.store.forgetting import forget
from engram.store.index import MemoryIndex
from engram.store.ledger import Ledger
from engram.store.tags import STORED_TAGS

IMMUTABLE = (
    "id", "kind", "session", "speaker", "source", "said_at", "text", "key", "model", "adapter", "replaces",
    "salt", "digest", "chain", "forgotten_at", "options",
)  # fmt: skip


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A little of everything, of which 7 is forgotten."""
    home = Home(tmp_path_factory.mktemp("home")).create()
    with opened(home.database) as ledger:
        furnish(ledger)
        forget(home, ledger.database, [ledger.get(7)])
        ledger.append(said("the last one"))
        assert ledger.verify().ok
        yield ledger


class Undo(Exception):
    pass


def problems_after(ledger: Ledger, *statements: str, bindings: tuple[object, ...] = ()) -> tuple[str, ...]:
    """What verify says with these changes, which are then taken back."""
    found: tuple[str, ...] = ()
    ledger.database.rows("PRAGMA foreign_keys = OFF")
    with suppress(Undo), ledger.database.write():
        for statement in statements:
            ledger.database.rows(statement, bindings)
        found = ledger.verify().problems
        raise Undo
    ledger.database.rows("PRAGMA foreign_keys = ON")
    return found


def flipped(value: object, place: int, bit: int) -> object:
    """The value with one bit of one byte changed; a number with one bit changed; nothing made something."""
    if isinstance(value, int):
        return value ^ (1 << bit)
    if value is None or value == "":
        return "x"
    content = bytearray(value if isinstance(value, bytes) else str(value).encode())
    content[place % len(content)] ^= 1 << bit
    return bytes(content) if isinstance(value, bytes) else content.decode("latin-1")


def test_every_column_of_every_row_is_guarded(ledger: Ledger) -> None:
    tried = 0
    for row in range(1, 12):
        for column in IMMUTABLE:
            ((value,),) = ledger.database.rows(f"SELECT {column} FROM entry WHERE id = ?", (row,))
            if value is None and column in ("salt", "text", "forgotten_at", "session", "replaces"):
                continue  # below
            new = flipped(value, 0, 1) if column != "id" else row + 100
            statement = f"UPDATE entry SET {column} = ?2 WHERE id = ?1"
            assert problems_after(ledger, statement, bindings=(row, new)), (row, column)
            tried += 1
    assert tried > 120


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 11), st.sampled_from(IMMUTABLE[1:]), st.integers(0, 200), st.integers(0, 6))
def test_every_byte_is_guarded(ledger: Ledger, row: int, column: str, place: int, bit: int) -> None:
    ((value,),) = ledger.database.rows(f"SELECT {column} FROM entry WHERE id = ?", (row,))
    if value is None:
        return
    statement = f"UPDATE entry SET {column} = ?2 WHERE id = ?1"
    assert problems_after(ledger, statement, bindings=(row, flipped(value, place, bit)))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (["DELETE FROM entry WHERE id = 5"], "entries 5 to 5 are missing"),
        (["DELETE FROM entry WHERE id = 1"], "entries 1 to 1 are missing"),
        (["DELETE FROM entry WHERE id >= 9"], "should end with entry 11"),
        (["UPDATE entry SET id = -1 WHERE id = 1"], "entry -1 does not follow"),
        (["DELETE FROM entry"], "should end with entry 11"),
        (
            ["DELETE FROM entry WHERE id >= 9", "UPDATE ledger_head SET entries = 8"],
            "should end otherwise",
        ),
        (["DELETE FROM ledger_head"], "does not say where it ends"),
        (
            ["UPDATE entry SET id = 99 WHERE id = 4", "UPDATE entry SET id = 4 WHERE id = 5",
             "UPDATE entry SET id = 5 WHERE id = 99"],
            "does not follow",
        ),
        (["UPDATE entry SET session = 2 WHERE id = 1"], "entry 1 was changed"),
        (["UPDATE entry SET replaces = 1 WHERE id = 2"], "entry 2 was changed"),
        (["UPDATE entry SET text = NULL, salt = NULL, forgotten_at = 'now' WHERE id = 2"], "receipts of"),
        (["UPDATE entry SET text = '', salt = x'', forgotten_at = NULL WHERE id = 7"], "entry 7 was changed"),
        (["UPDATE entry SET key = 'a trace' WHERE id = 7"], "forgotten and not empty"),
        (["UPDATE receipt SET made_at = '2020-01-01'"], "receipt 1 was changed"),
        (["UPDATE receipt SET content = replace(content, '7', '8')"], "receipt 1 was changed"),
        (["DELETE FROM receipt"], "entry 7: its text and the receipts"),
        (["CREATE TEMP TABLE copy AS SELECT * FROM entry WHERE id = 11", "UPDATE copy SET id = 12",
          "INSERT INTO entry SELECT * FROM copy"], "entry 12 does not follow"),
    ],
)  # fmt: skip
def test_what_was_done_to_it_is_said(ledger: Ledger, change: list[str], says: str) -> None:
    assert any(says in problem for problem in problems_after(ledger, *change))


def test_one_change_is_one_problem(ledger: Ledger) -> None:
    assert problems_after(ledger, "UPDATE entry SET text = 'my cat' WHERE id = 1") == (
        "entry 1 was changed: it does not match its digest",
    )


@pytest.mark.parametrize(("id", "says"), [(4, "entry 5 does not follow"), (11, "should end otherwise")])
def test_an_entry_written_anew_with_proofs_of_its_own_is_found(ledger: Ledger, id: int, says: str) -> None:
    """The digest and the link of the new text are right; what comes after it still belongs to the old one."""
    columns = ", ".join(FIELDS)
    (row,) = ledger.database.rows(f"SELECT {columns} FROM entry WHERE id = ?", (id,))
    ((before,),) = ledger.database.rows("SELECT chain FROM entry WHERE id = ?", (id - 1,))
    digest = digest_of(b"salt", {**dict(zip(FIELDS, row, strict=True)), "text": "another text"})
    statement = "UPDATE entry SET text = ?2, salt = ?3, digest = ?4, chain = ?5 WHERE id = ?1"
    new = (id, "another text", b"salt", digest, link(before, digest, id))
    problems = problems_after(ledger, statement, bindings=new)
    assert len(problems) == 1 and says in problems[0]


def test_equal_texts_have_unequal_digests(tmp_path: Path) -> None:
    """Salted, so that nobody can find a forgotten text by trying texts."""
    with opened(tmp_path / "memory.db") as ledger:
        ledger.append(said("the same"), said("the same"))
        digests = ledger.database.rows("SELECT digest, salt FROM entry")
        assert len(set(digests)) == 2 and all(len(salt) == 16 for _, salt in digests)


def test_a_damaged_file_is_reported_as_that(tmp_path: Path) -> None:
    file = tmp_path / "memory.db"
    with opened(file) as ledger:
        furnish(ledger)
        ledger.append(*(said("x" * 900) for _ in range(40)))
    content = bytearray(file.read_bytes())
    place = content.rfind(b"x" * 900) // 4096 * 4096
    content[place : place + 300] = bytes(300)
    file.write_bytes(content)
    with opened(file) as ledger:
        try:
            problems = ledger.verify().problems
        except StorageError as error:  # where the engine cannot even look
            problems = (error.message,)
    assert problems and ("the database says" in problems[0] or "is damaged" in problems[0])


def test_what_another_connection_indexes_is_no_damage(tmp_path: Path) -> None:
    """FTS5 3.54.1, asked by a connection that did not write it, says "checksum mismatch"."""
    with opened(tmp_path / "memory.db") as ours, opened(tmp_path / "memory.db") as other:
        MemoryIndex(ours.database).refresh()
        other.append(said("the locker code is 7341"))
        MemoryIndex(other.database).refresh()
        assert ours.verify().ok and other.verify().ok


# --- against a simple model

OPERATIONS = st.one_of(
    st.tuples(st.just("say"), st.text(max_size=20), st.sets(st.sampled_from(STORED_TAGS))),
    st.tuples(st.just("edit"), st.integers(0, 50), st.text(max_size=20)),
    st.tuples(st.just("remember"), st.sampled_from(["a", "A ", "b", "c?"]), st.sampled_from(["1", "2", "3"])),
    st.tuples(st.just("tag"), st.integers(0, 50), st.sets(st.sampled_from(STORED_TAGS))),
    st.tuples(st.just("rate"), st.integers(0, 50), st.sampled_from([-1, 0, 1])),
    st.tuples(st.just("forget"), st.integers(0, 50), st.integers(1, 3)),
    st.tuples(st.just("reopen"), st.none(), st.none()),
)


class Model:
    """A list of (text, key, tags, rating), None where forgotten. Keys: a = A, trimmed; c? = c."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, frozenset[str], int] | None] = []

    def pick(self, number: int) -> int | None:
        """The id of one that is there."""
        there = [id for id, row in enumerate(self.rows, 1) if row]
        return there[number % len(there)] if there else None

    def change(self, id: int, place: int, value: object) -> None:
        row = list(self.rows[id - 1] or ())
        row[place] = value
        self.rows[id - 1] = tuple(row)  # type: ignore[assignment]

    def current(self) -> dict[str, str]:
        facts = [row for row in self.rows if row and row[1]]
        return {row[1].strip().lower().rstrip("?"): row[0] for row in facts}


def step(home: Home, ledger: Ledger, model: Model, operation: tuple[str, object, object]) -> None:
    """Do the same to both."""
    what, one, two = operation
    if what == "say":
        ledger.append(NewEntry("turn", "user", "chat", str(one), tags=frozenset(two)))  # type: ignore[call-overload]
        model.rows.append((str(one), "", frozenset(two), 0))  # type: ignore[call-overload]
    elif what == "remember":
        facts.remember(ledger, str(one), str(two))
        before = model.current().get(str(one).strip().lower().rstrip("?"))
        if before != two:
            model.rows.append((str(two), str(one).strip(), frozenset(), 0))
    elif (id := model.pick(int(str(one)))) is None:
        return
    elif what == "edit":
        ledger.append(said(str(two), replaces=id))
        model.rows.append((str(two), "", frozenset(), 0))
    elif what == "tag":
        ledger.set_tags(id, two)  # type: ignore[arg-type]
        model.change(id, 2, frozenset(two))  # type: ignore[call-overload]
    elif what == "rate":
        ledger.rate(id, int(str(two)))
        model.change(id, 3, two)
    elif what == "forget":
        ids = sorted({id, model.pick(int(str(two))) or id})
        forget(home, ledger.database, [ledger.get(each) for each in ids])
        for each in ids:
            model.rows[each - 1] = None


@settings(max_examples=40, deadline=None)
@given(st.lists(OPERATIONS, max_size=14))
def test_the_ledger_is_a_list_that_can_forget(
    tmp_path_factory: pytest.TempPathFactory, operations: list[tuple[str, object, object]]
) -> None:
    home, model = Home(tmp_path_factory.mktemp("home")).create(), Model()
    with suppress(StopIteration):
        rest = iter(operations)
        while True:
            with opened(home.database) as ledger:
                for operation in rest:
                    if operation[0] == "reopen":
                        break
                    step(home, ledger, model, operation)
                else:
                    compare(ledger, model)
                    return


def compare(ledger: Ledger, model: Model) -> None:
    expected = {id: row for id, row in enumerate(model.rows, 1) if row}
    assert {e.id: (e.text, e.key, e.tags, e.rating) for e in ledger.entries()} == expected
    verification = ledger.verify()
    assert verification.ok, verification.problems
    assert (verification.entries, verification.forgotten) == (len(model.rows), model.rows.count(None))
    found = {facts.normal_key(fact.key): fact.text for fact in facts.all_current(ledger)}
    assert found == model.current()
