"""A folder of large files that appears whole or not at all, written a piece at a time.

`disk.write_folder` does the same for contents that fit into memory. Not here: what the files hold.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engram.disk import MANIFEST, Files, disk_errors, half_written, sha256_of_file, to_json
from engram.errors import StorageError


@contextlib.contextmanager
def new_folder(folder: Path, manifest: Mapping[str, Any], files: Files | None = None) -> Iterator[Path]:
    """Inside, a folder beside `folder` to write into; afterwards it is `folder`, with a manifest.json that
    adds the sha256 of each file under "files".

    Raises StorageError if `folder` exists or the disk refuses. After any error nothing is to be seen.
    """
    files = files or Files()
    if folder.exists():
        raise StorageError(
            f"{folder.name} exists already and is never overwritten.", "Choose another folder."
        )
    aside = half_written(folder)
    with disk_errors(folder, "Check the disk, or choose another folder with --out."):
        place = aside
        try:
            files.remove(aside)  # what a killed process may have left
            files.make_folder(aside)
            yield aside
            _finish(aside, manifest, files)
            files.rename(aside, folder)
            place = folder
            files.sync(folder.parent)
        except BaseException:
            with contextlib.suppress(OSError):
                files.remove(place)
            raise


def _finish(aside: Path, manifest: Mapping[str, Any], files: Files) -> None:
    """Flush everything, the manifest last."""
    written = sorted(path for path in aside.iterdir())
    for path in written:
        files.sync(path)
    digests = {path.name: sha256_of_file(path) for path in written}
    files.write(aside / MANIFEST, to_json({**manifest, "files": digests}))
    files.sync(aside / MANIFEST)
    files.sync(aside)
