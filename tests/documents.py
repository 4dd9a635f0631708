"""The examples of a document: its blocks by kind, what is typed in them, and whether it came so."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.shared import ROOT
from tests.site import PBX, Site

ANY = "…"
CONFIG, DATA = "/etc/pbx", "/var/lib/pbx"  # where a document says that things are
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class Document:
    """A file of `docs/`, in parts."""

    def __init__(self, name: str) -> None:
        self.text = (ROOT / "docs" / name).read_text()
        self.kinds = {kind for kind, _ in BLOCK.findall(self.text)}

    def blocks(self, kind: str) -> list[str]:
        """All blocks of a kind; there is one at least."""
        found = [text for name, text in BLOCK.findall(self.text) if name == kind]
        assert found
        return found

    def spans(self) -> list[str]:
        """What stands between backticks in running text."""
        return re.findall(r"`([^`\n]+)`", BLOCK.sub("", self.text))


class Typed(NamedTuple):
    """A line typed into a shell, and what the document shows below it."""

    line: str
    shown: str


def typed(block: str) -> Iterator[Typed]:
    """What is typed in a block of kind `console`, in order."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        line, _, shown = part.partition("\n")
        yield Typed(line, shown.strip())


def is_like(shown: Any, real: Any) -> bool:
    """True if an answer is as shown: it may have more fields, and `…` is anything."""
    if shown == ANY:
        return True
    if isinstance(shown, dict):
        return isinstance(real, dict) and all(
            key in real and is_like(value, real[key]) for key, value in shown.items()
        )
    if isinstance(shown, list):
        return isinstance(real, list) and len(shown) == len(real) and all(map(is_like, shown, real))
    return bool(shown == real)


def reads_like(shown: str, real: str) -> bool:
    """True if printed text is as shown: JSON by its values, other text by its words."""
    if shown[:1] in ("{", "["):
        return is_like(json.loads(shown), json.loads(real))
    pattern = ".*".join(map(re.escape, " ".join(shown.split()).split(ANY)))
    return bool(re.fullmatch(pattern, " ".join(real.split()), re.DOTALL))


class Shell:
    """A shell on the machine that a document speaks of: its folders are those of a site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.folder = site.config.parent
        pbx = " ".join(map(shlex.quote, PBX))
        self._pbx = f'pbx() {{ {pbx} "$@"; }}\n'
        self._environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "PBX_SOCKET": str(site.data / "control.sock"),
        }

    def here(self, text: str) -> str:
        """A text of the document with the folders of this site."""
        return text.replace(DATA, str(self.site.data)).replace(CONFIG, str(self.folder))

    def start(self, line: str) -> subprocess.Popen[str]:
        """Type a line, in a process group of its own; what it prints comes together."""
        return subprocess.Popen(
            ["/bin/sh", "-c", self._pbx + self.here(line)],
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def prints(self, line: str, timeout_s: float = 30) -> str:
        """Type a line and wait; all that it prints."""
        return self.start(line).communicate(timeout=timeout_s)[0]

    def check(self, block: str) -> None:
        """Type what a block shows, and compare."""
        for each in typed(block):
            real = self.prints(each.line)
            assert reads_like(self.here(each.shown), real), f"$ {each.line}\n{real}"


def write_files(folder: Path, blocks: list[str]) -> None:
    """Write each block that begins with `# NAME.toml` as that file."""
    for block in blocks:
        if named := re.match(r"# (?:\S*/)?([\w.]+\.toml)\b", block):
            (folder / named[1]).write_text(block)
