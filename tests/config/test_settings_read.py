"""Every setting is read by somebody: one that nobody reads is a promise that nobody keeps.

The type checker knows who reads what: it is asked what would be missing without any of them.
"""

from __future__ import annotations

import ast
import inspect
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from config import queue_settings, settings
from config.kinds import Table
from config.not_yet import NOT_YET
from tests.shared import ROOT

OURS = ("pbx", "drivers", "config", "kernel")
MISSING = re.compile(r'"(\w+)"(?: of "[^"]*")? has no attribute "(\w+)"')

# read where the type checker does not see it
ELSEWHERE = {
    "Codes": "config/checks.py and pbx/calls/codes.py go through all of them by name",
    "Extension.password_file": "config/layers.py reads it from the raw tables",
    "Trunk.password_file": "config/layers.py reads it from the raw tables",
    "User.role": "pbx/service/socket/accounts.py reads it by a protocol of its own",
    "User.unix": "pbx/service/socket/accounts.py reads it by a protocol of its own",
}
# read when what they are for is served; a warning says so wherever they stand
TO_COME = {
    "Ami.user": "ami",
    "AmiUser.secret": "ami",
    "AmiUser.write": "ami",
    "Queue.dial_s": "queue.*.dial_s",
    "Sip.certificate": "sip.certificate",
    "Sip.key": "sip.key",
    "Voicemail.email": "voicemail.*",
    "Voicemail.pin": "voicemail.*",
}


def tables() -> dict[str, type[Table]]:
    """The tables of the configuration by the name of their class."""
    found = [*vars(queue_settings).values(), *vars(settings).values()]
    is_table = [each for each in found if inspect.isclass(each) and issubclass(each, Table)]
    return {each.__name__: each for each in is_table if each not in (Table, settings.Settings)}


def fields() -> Iterator[tuple[str, str]]:
    """Table and name of each setting that holds a value and not further tables."""
    known = tables()
    for name, table in known.items():
        for field in msgspec.structs.fields(table):
            if not any(re.search(rf"\b{each}\b", str(field.type)) for each in known):
                yield name, field.name


def without_settings(text: str) -> str:
    """A module of settings whose tables have lost every one that is a value."""
    lines = text.split("\n")
    names = "|".join(tables())
    for table in ast.parse(text).body:
        for each in table.body if isinstance(table, ast.ClassDef) else ():
            is_field = isinstance(each, ast.AnnAssign) and not re.search(
                rf"\b({names})\b", ast.unparse(each.annotation)
            )
            if is_field or (isinstance(each, ast.Assign) and "Milliseconds" in ast.unparse(each)):
                assert each.end_lineno is not None
                lines[each.lineno - 1 : each.end_lineno] = [""] * (
                    each.end_lineno - each.lineno + 1
                )
    return "\n".join(lines)


def reads(folder: Path) -> set[tuple[str, str]]:
    """Table and name of all that is read, in milliseconds too."""
    for name in OURS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.so", "*.wav"))
    for module in ("settings.py", "queue_settings.py", "report_settings.py"):
        path = folder / "config" / module
        path.write_text(without_settings(path.read_text()))
    command = [sys.executable, "-m", "mypy", *OURS[:3], "--config-file", ROOT / "pyproject.toml"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return set(MISSING.findall(done.stdout))


def test_every_setting_is_read_or_said_not_to_be_served(tmp_path: Path) -> None:
    found = reads(tmp_path)
    assert len(found) > 100, found
    unread = [
        f"{table}.{name}"
        for table, name in fields()
        if (table, name) not in found and (table, f"{name.removesuffix('_s')}_ms") not in found
    ]
    excused = ELSEWHERE.keys() | TO_COME.keys()
    assert [each for each in unread if not {each, each.partition(".")[0]} & excused] == []
    known = {f"{table}.{name}" for table, name in fields()} | {"Codes", "Ami.user"}
    assert excused <= known, "excused, and not there"


def test_what_is_to_come_is_warned_of() -> None:
    assert set(TO_COME.values()) <= NOT_YET.keys()
