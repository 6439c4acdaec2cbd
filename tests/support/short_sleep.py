"""`engram sleep` on the fake model in a process of its own, with a short exam and a verdict that is given.

Run as `python -m tests.support.short_sleep HOME`. Not here: what the verdict is (sleeping.py).
"""

from __future__ import annotations

import sys

import pytest
from tests.conftest import DAY
from tests.support.road import TRAINED
from tests.support.sleeping import accept_what_is_valid, shorten_exam

from engram.cli import main

if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as patch:
        shorten_exam(patch)
        accept_what_is_valid(patch)
        patch.setattr("engram.training.versions.day_of", lambda moment: DAY)
        sys.argv = ["engram", "sleep", "--home", sys.argv[1], *TRAINED]
        main.main()
