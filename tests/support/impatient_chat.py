"""`engram` that waits a tenth of a second for a locked database, and not ten.

Run: `python -m tests.support.impatient_chat chat --model fake ...`
"""

from __future__ import annotations

import functools

from engram.cli.main import main
from engram.store.database import Database

if __name__ == "__main__":
    Database.open = functools.partial(Database.open, busy_seconds=0.1)  # type: ignore[method-assign]
    main()
