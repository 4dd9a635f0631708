"""Files of an earlier configuration put back in their place: each whole, and nothing lost.

    each file written beside its place, fsynced      pbx.toml.part-STAMP
    what stands there copied aside, fsynced          pbx.toml.aside-STAMP
    what the version does not have moved aside       conf.d/more.toml.aside-STAMP
    each new file renamed into its place

Names that do not end in `.toml` are not read as configuration. A crash in between leaves some files
of the one and some of the other, each of them whole, besides `.part-` files that nobody reads; to
put the version back once more completes it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pbx.service.record.disk import sync_folder

MODE = 0o640  # of a file that was not there: it may hold passwords


class Plan(NamedTuple):
    """What is to be done: files to write, and those of today to be moved aside."""

    writes: Mapping[Path, bytes]
    extra: tuple[Path, ...]

    @property
    def is_done(self) -> bool:
        """Whether all stands there already."""
        return not self.writes and not self.extra


def placed(files: Mapping[str, bytes], main: Path) -> dict[str, bytes]:
    """The files of a version as they stand beside `main`, its first one's place now."""
    folder = os.path.join(os.path.dirname(os.path.abspath(main)), "conf.d")
    first, *others = files
    places = {os.path.join(folder, os.path.basename(path)): files[path] for path in others}
    return {os.path.abspath(main): files[first], **places}


def planned(files: Mapping[str, bytes]) -> Plan:
    """What it takes to make these the configuration. Raises OSError."""
    main = Path(next(iter(files)))
    writes = {Path(path): text for path, text in files.items() if _content(Path(path)) != text}
    there = sorted((main.parent / "conf.d").glob("*.toml"))
    return Plan(writes, tuple(path for path in there if str(path) not in files))


def put_back(plan: Plan, stamp: str) -> list[str]:
    """Do it; a line for each file. `stamp` tells its leftovers from others. Raises OSError: then
    the files of today still stand, unless it came after the first rename."""
    parts = {path: _beside(path.resolve(), f"part-{stamp}") for path in plan.writes}
    said = []
    try:
        for path, part in parts.items():
            part.parent.mkdir(parents=True, exist_ok=True)
            _write(part, plan.writes[path], like=path)
        for path in plan.writes:
            if path.exists():
                aside = _beside(path.resolve(), f"aside-{stamp}")
                _write(aside, path.read_bytes(), like=path)
                said.append(f"kept {aside}")
        for path in plan.extra:
            aside = _beside(path, f"aside-{stamp}")
            os.rename(path, aside)
            said.append(f"moved {path} to {aside.name}")
        for path, part in parts.items():
            os.replace(part, path.resolve())
            said.append(f"wrote {path}")
    finally:
        for part in parts.values():
            with contextlib.suppress(OSError):
                part.unlink()
    for folder in {path.parent for path in (*parts.values(), *plan.extra)}:
        sync_folder(folder)
    return said


def _beside(path: Path, suffix: str) -> Path:
    """A name beside a file that nothing has yet."""
    number, found = 1, path.with_name(f"{path.name}.{suffix}")
    while found.exists():
        number += 1
        found = path.with_name(f"{path.name}.{suffix}-{number}")
    return found


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _write(path: Path, content: bytes, *, like: Path) -> None:
    """Write a new file whole, of the owner and mode of another that is there, and fsync it."""
    status = like.stat() if like.exists() else None
    owner = status or path.parent.stat()
    mode = status.st_mode & 0o777 if status else MODE
    fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    with open(fd, "wb") as file:
        file.write(content)
        file.flush()
        with contextlib.suppress(PermissionError):  # only root gives files away
            os.fchown(fd, owner.st_uid, owner.st_gid)
        os.fchmod(fd, mode)
        os.fsync(fd)
