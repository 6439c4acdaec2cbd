"""Notes that contradict what was learned: the newest gives another value, and a question asks for it.

Not here: that the adapter goes on believing notes (measured by nights on the embedded model).
"""

from __future__ import annotations

from engram.answer.recall import HEADER
from engram.sleep.made_up_days import day
from engram.sleep.memories import Memory
from engram.sleep.noted import LINES, MOST, SHARE, noted_questions


def remembered(*pairs: tuple[str, str]) -> list[Memory]:
    return [Memory(question, answer, "fact", (n,), "") for n, (question, answer) in enumerate(pairs)]


def made_up() -> list[Memory]:
    return remembered(*((fact.asked, f"{fact.told}") for fact in day(1, 0).facts))


def test_the_newest_note_about_it_gives_another_value_of_what_is_asked() -> None:
    told = remembered(
        ("What is my dog's name?", "Your dog's name is Rufo."), ("Who is the boss?", "The boss is Mara.")
    )
    found = noted_questions(told, 12, share=1)
    assert len(found) == 2
    for system, asked in found:
        subject, newer = ("my dog's name is ", "Mara") if "dog" in asked.content else ("the boss is ", "Rufo")
        about = [line for line in system.content.split("\n") if subject in line]
        assert about[-1].endswith(newer) and all(not line.endswith(newer) for line in about[:-1])


def test_the_newest_note_stands_anywhere_and_is_said_in_several_ways() -> None:
    """Else a model learns to read the last line."""
    notes = [system.content.split("\n")[1:] for system, _ in noted_questions(made_up(), 12, share=1)]
    said = [line for lines in notes for line in lines]
    assert all(any(word in line for line in said) for word in ("Remember: ", "Note that ", " is now "))
    places = {
        line == lines[-1] for lines in notes if len(lines) > 1 for line in lines if "Correction: " in line
    }
    assert places == {True, False}


def test_notes_are_framed_dated_and_few() -> None:
    for system, asked in noted_questions(made_up(), 12, share=1):
        head, *lines = system.content.split("\n")
        assert system.role == "system" and asked.role == "user" and head == HEADER
        assert 1 <= len(lines) <= LINES
        dates = [line[1:11] for line in lines]
        assert dates == sorted(dates) and len(set(dates)) == len(dates)
        assert all(line[11:19] == "] user: " for line in lines)


def test_as_many_as_asked_for_and_always_the_same() -> None:
    told = made_up()
    stated = len(noted_questions(told, 12, share=1))
    assert 30 < stated <= len(told)
    assert len(noted_questions(told, 12)) == round(SHARE * stated)
    assert noted_questions(told, 12) == noted_questions(list(reversed(told)), 12)
    many = remembered(*((f"What is the code {n}?", f"The code {n} is {n}.") for n in range(999)))
    assert len(noted_questions(many, 12)) == MOST


def test_what_has_no_known_form_gives_none() -> None:
    habit = Memory("sign off", "Bye, Rufo!", "habit", (1,), "")
    alone = remembered(("What is my dog's name?", "Your dog's name is Rufo."))
    same = remembered(("What is my dog?", "Your dog is Rufo."), ("What is my cat?", "Your cat is Rufo."))
    lives = remembered(
        ("Where does Mara live?", "Mara lives in Porto."), ("Who is Mara?", "She is a friend.")
    )
    assert noted_questions([habit], 12) == noted_questions(alone, 12) == noted_questions(same, 12) == []
    assert noted_questions([], 12) == noted_questions(lives, 12) == []
