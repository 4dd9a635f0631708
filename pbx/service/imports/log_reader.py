"""A log of another system, row by row: calls and agents' states as notes and records of ours.

    queue_log, Master.csv   Asterisk's, and our own copies of them
    bank log                date,arrival_s,type,… of Technion's "Anonymous Bank"; type: queue
    any other               a row a call, its columns told: `--columns`

Everything is read as a stream. A row that makes no sense is counted and kept with its line number,
the rest goes on; a file that begins with mostly such rows is refused before anything is written.
"""

from __future__ import annotations

import csv
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import tzinfo
from itertools import islice
from pathlib import Path
from typing import NamedTuple, Protocol

from pbx.service.imports.master import Master
from pbx.service.imports.past_call import Item, PastCall, item
from pbx.service.imports.queue_log import QueueLog
from pbx.service.imports.row_logs import NAMED, Bank, Named
from pbx.service.planning.asterisk_calls import CDR_COLUMNS, is_queue_line
from pbx.service.planning.call_logs import (
    CDR_HEADING,
    LINE_MAX,
    ROWS_MAX,
    SHOWN_MAX,
    CallLogError,
    barred,
    cells_of,
)
from pbx.service.planning.call_rows import BANK_HEADING, Broken, named_columns
from pbx.service.printable import printable

LOOK_ROWS = 1_000  # that tell whether a file is a log at all
CELL_MAX = 256
REPEATS_MAX = 20_000  # of the last names, that are known when they come again
EXPECTED = "queue_log, Master.csv (18 or 21 columns), the bank log, or a CSV with --columns"

Split = Callable[[str], list[str]]
Progress = Callable[[float], object]


class Rows(Protocol):
    """A reader of rows."""

    def take(self, cells: list[str], line: str) -> Iterator[PastCall | Item]:
        """What is complete with this row. Raises Broken, ValueError, IndexError."""

    def rest(self) -> Iterator[PastCall | Item]:
        """What no more rows will complete."""


class Print(NamedTuple):
    """What a file is known by: its hash, and how much of it was read for that."""

    sha256: str
    size: int


class _Format(NamedTuple):
    """How a file is read: by whom, cut how, whether its first line is only a heading."""

    kind: str
    rows: Rows
    split: Split
    has_heading: bool = True


class Tally:
    """What was met in a log. `untold_waits`, `untold_talks`: lengths that it does not have."""

    def __init__(self) -> None:
        self.rows = self.broken = self.calls = 0
        self.untold_waits = self.untold_talks = 0
        self.shown: list[str] = []  # the first of the broken rows, `line N: why`
        self.first_ms = self.last_ms = -1

    def breaks(self, number: int, why: str) -> None:
        """Count a row that makes no sense."""
        self.broken += 1
        if len(self.shown) < SHOWN_MAX:
            self.shown.append(f"line {number}: {why}")

    def counts(self, call: PastCall) -> None:
        """Count a call."""
        waits, talks = call.untold
        self.untold_waits += waits
        self.untold_talks += talks
        self.calls += 1
        at = call.started_ms
        self.first_ms = at if self.first_ms < 0 else min(self.first_ms, at)
        self.last_ms = max(self.last_ms, at)


class LogReader:
    """One log. `look` at it, then iterate it once: it yields what it tells and counts it.

    `zone` is that of local times (None: the system's); `columns` tells those of a file of any other
    kind; no more than `size` bytes are read of a file that grows meanwhile. Raises CallLogError."""

    def __init__(
        self,
        path: Path,
        source: str = "",
        *,
        zone: tzinfo | None = None,
        columns: str = "",
        size: int = 1 << 62,
    ) -> None:
        self.path, self._zone, self._columns, self._size = path, zone, columns, size
        self.tally = Tally()
        self.kind = _format(path, _first_line(path), zone=zone, columns=columns).kind
        self.source = source or SOURCES[self.kind]
        self.going = 0  # calls without an end, at the log's
        self.on_progress: Progress = lambda _: None
        self._names: OrderedDict[str, int] = OrderedDict()

    def look(self) -> None:
        """Read the beginning. Raises CallLogError for a file that is none of calls."""
        seen = LogReader(self.path, self.source, zone=self._zone, columns=self._columns)
        for _ in seen.items(LOOK_ROWS, is_look=True):
            pass
        tally = seen.tally
        if not tally.rows:
            raise CallLogError(f"{self.path}: the log is empty")
        if tally.broken * 2 > tally.rows:
            first = "; ".join(tally.shown[:3])
            raise CallLogError(
                f"{self.path}: {tally.broken} of its first {tally.rows} rows make no sense: "
                f"{first}; expected {EXPECTED}"
            )

    def items(self, rows_max: int = ROWS_MAX, *, is_look: bool = False) -> Iterator[Item]:
        """What the log tells, in its order; more rows are refused, or left for later."""
        form = _format(self.path, _first_line(self.path), zone=self._zone, columns=self._columns)
        try:
            yield from self._told(form, rows_max, is_look=is_look)
        except OSError as error:
            raise CallLogError(f"{self.path}: {error.strerror or error}") from error
        for told in form.rows.rest():
            yield self._item(told)
        self.going = form.rows.going if isinstance(form.rows, QueueLog) else 0

    def _told(self, form: _Format, rows_max: int, *, is_look: bool) -> Iterator[Item]:
        lines = self._lines()
        for number, line in islice(lines, int(form.has_heading), rows_max + form.has_heading):
            yield from self._row(number, line, form=form)
        if not is_look and next(lines, None):
            raise CallLogError(f"{self.path}: more than {rows_max} rows; give it in parts")

    def _lines(self) -> Iterator[tuple[int, str]]:
        """Number and text of each line; a longer one than LINE_MAX comes in pieces."""
        whole, read = max(1, min(self._size, self.path.stat().st_size)), 0
        with self.path.open("rb") as file:
            for number, raw in enumerate(iter(lambda: file.readline(LINE_MAX), b""), 1):
                read += len(raw)
                if read > self._size:
                    return
                if number % 5_000 == 0:
                    self.on_progress(read / whole)
                yield number, _text(raw, number)

    def _row(self, number: int, line: str, *, form: _Format) -> Iterator[Item]:
        if not line.strip():
            return
        self.tally.rows += 1
        try:
            cells = form.split(line)
            if any(len(cell) > CELL_MAX for cell in cells):
                raise Broken(f"a field of more than {CELL_MAX} characters")
            for told in form.rows.take(cells, line):
                yield self._item(told)
        except (Broken, ValueError, IndexError, OverflowError, OSError, csv.Error) as error:
            self.tally.breaks(number, printable(str(error))[:100])

    def _item(self, told: PastCall | Item) -> Item:
        if isinstance(told, Item):
            return told
        self.tally.counts(told)
        return item(told, number=self._number(told.name), source=f"import:{self.source}")

    def _number(self, name: str) -> str:
        """The call's id: the same for the same content, another where the content comes again."""
        times = self._names.pop(name, 0) + 1
        self._names[name] = times
        if len(self._names) > REPEATS_MAX:
            self._names.popitem(last=False)
        return f"{self.source}:{name}" if times == 1 else f"{self.source}:{name}-{times}"


SOURCES = {"queue_log": "asterisk", "Master.csv": "asterisk", "bank": "bank", "csv": "csv"}


def fingerprint(path: Path) -> Print:
    """What the file is known by. Raises CallLogError."""
    hashed, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while part := file.read(1 << 20):
                hashed.update(part)
                size += len(part)
    except OSError as error:
        raise CallLogError(f"{path}: {error.strerror or error}") from error
    return Print(hashed.hexdigest(), size)


def _text(raw: bytes, number: int) -> str:
    encoding = "utf-8-sig" if number == 1 else "utf-8"
    return printable(raw.decode(encoding, "replace").strip("\r\n"))


def _first_line(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return _text(file.readline(LINE_MAX), 1)
    except OSError as error:
        raise CallLogError(f"{path}: {error.strerror or error}") from error


def _format(path: Path, line: str, *, zone: tzinfo | None, columns: str) -> _Format:
    if columns:
        try:
            places = named_columns(columns, cells_of(line), fields=NAMED)
        except (ValueError, csv.Error) as error:
            raise CallLogError(f"{path}: --columns {error}") from error
        return _Format("csv", Named(places, zone), cells_of)
    if line == BANK_HEADING:
        return _Format("bank", Bank(zone), cells_of)
    if is_queue_line(barred(line)):
        return _Format("queue_log", QueueLog(), barred, False)
    if _is_cdr(line):
        return _Format("Master.csv", Master(zone), cells_of, line.startswith(CDR_HEADING))
    begins = f"it begins {line[:60]!r}" if line else "it begins with an empty line"
    raise CallLogError(f"{path}: no log of calls: {begins}; expected {EXPECTED}")


def _is_cdr(line: str) -> bool:
    try:
        return len(cells_of(line)) in CDR_COLUMNS
    except csv.Error:
        return False
