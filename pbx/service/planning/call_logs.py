"""Call logs of others and our own, row by row: what called, when, how long it waited and talked.

    pbx.db                  our record: a row for each visit to a queue
    Master.csv, queue_log   Asterisk's: `asterisk_calls.py`
    bank log                date,arrival_s,type,… of Technion's "Anonymous Bank"; type: queue
    any other               a row a call, its columns told: `--columns`

Everything is read as a stream. A row that makes no sense is counted and kept with its line number,
the rest goes on; a file that is mostly such rows is refused.
"""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Callable, Iterator
from datetime import tzinfo
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from pbx.service.planning.asterisk_calls import CDR_COLUMNS, Master, QueueLog, is_queue_line
from pbx.service.planning.call_rows import (
    BANK_HEADING,
    Bank,
    Broken,
    LoggedCall,
    Named,
    Rows,
    local,
    named_columns,
)

ROWS_MAX = 20_000_000
LINE_MAX = 64 * 1024
SHOWN_MAX = 20  # of the broken rows
CDR_HEADING = ("accountcode", '"accountcode"')

_VISITS = """
WITH visits AS (
    SELECT call, n, queue, started, ended,
           lead(n) OVER w AS next_n, lead(started) OVER w AS next_started
    FROM segments WHERE kind = 'wait' AND detail <> 'transfer'
    WINDOW w AS (PARTITION BY call ORDER BY n))
SELECT v.queue, v.started, v.ended,
       CASE WHEN v.next_n IS NULL THEN c.outcome ELSE 'overflowed' END,
       coalesce((SELECT agent FROM segments WHERE call = v.call AND kind = 'talk'
                 AND queue = v.queue AND n > v.n AND n < coalesce(v.next_n, 1e18)
                 ORDER BY n LIMIT 1), ''),
       (SELECT max(h.ended) FROM segments h WHERE h.call = v.call AND h.queue = v.queue
        AND h.kind IN ('talk', 'hold', 'wrap_up') AND h.started < coalesce(v.next_started, 1e18))
FROM visits v JOIN calls c ON c.id = v.call
"""


class CallLogError(Exception):
    """The log cannot be used: the text says which and why."""


Progress = Callable[[float], object]
_VisitRow = tuple[str, float, float, str, str, float | None]


class CallLog:
    """One log. Iterate it once: it yields the calls, and counts what it met.

    `zone` is where epoch times are read off the clock (pbx.db and queue_log have them);
    `columns` tells those of a file of any other kind, as `field=column,...`; `on_progress` is told
    now and then how much of the file is behind, 0 to 1. Raises CallLogError.
    """

    def __init__(
        self,
        path: Path,
        *,
        zone: tzinfo | None = None,
        columns: str = "",
        on_progress: Progress = lambda _: None,
    ) -> None:
        self.path = path
        self._columns = columns
        self.rows = 0
        self.broken = 0
        self.shown: list[str] = []  # the first of the broken rows, `line: why`
        self._zone = zone
        self._on_progress = on_progress

    def __iter__(self) -> Iterator[LoggedCall]:
        try:
            with self.path.open("rb") as file:
                start = file.read(16)
            is_database = start.startswith(b"SQLite format 3")
            yield from self._database() if is_database else self._text()
        except OSError as error:
            raise CallLogError(f"{self.path}: {error.strerror or error}") from error
        self._must_make_sense()

    def _must_make_sense(self) -> None:
        if not self.rows:
            raise CallLogError(f"{self.path}: the log is empty")
        if self.broken * 2 > self.rows:
            first = "; ".join(self.shown[:3])
            raise CallLogError(
                f"{self.path}: {self.broken} of {self.rows} rows are no calls: {first}"
            )

    def _count(self) -> None:
        self.rows += 1
        if self.rows > ROWS_MAX:
            raise CallLogError(f"{self.path}: more than {ROWS_MAX} rows; give it in parts")

    def _breaks(self, place: str, why: str) -> None:
        self.broken += 1
        if len(self.shown) < SHOWN_MAX:
            self.shown.append(f"{place}: {why}")

    def _text(self) -> Iterator[LoggedCall]:
        with self.path.open("rb") as file:
            lines = self._lines(file)
            first = next(lines, (1, ""))
            if not first[1]:
                return
            rows, is_heading = self._format(first[1])
            split = barred if isinstance(rows, QueueLog) else cells_of
            for number, line in lines if is_heading else chain((first,), lines):
                yield from self._row(number, line, rows=rows, split=split)
            yield from rows.rest()

    def _lines(self, file: BinaryIO) -> Iterator[tuple[int, str]]:
        """Number and text of each line; a longer one than LINE_MAX comes in pieces."""
        size, read = max(1, self.path.stat().st_size), 0
        for number, raw in enumerate(iter(lambda: file.readline(LINE_MAX), b""), 1):
            read += len(raw)
            if number % 20_000 == 0:
                self._on_progress(read / size)
            encoding = "utf-8-sig" if number == 1 else "utf-8"
            yield number, raw.decode(encoding, "replace").strip("\r\n")

    def _format(self, line: str) -> tuple[Rows, bool]:
        """Who reads the rows, and whether the first line is only a heading."""
        if self._columns:
            try:
                return Named(named_columns(self._columns, cells_of(line)), self._zone), True
            except (ValueError, csv.Error) as error:
                raise CallLogError(f"{self.path}: --columns {error}") from error
        if line == BANK_HEADING:
            return Bank(), True
        if is_queue_line(barred(line)):
            return QueueLog(self._zone), False
        if len(cells_of(line)) in CDR_COLUMNS:
            return Master(), line.startswith(CDR_HEADING)
        raise CallLogError(
            f"{self.path}: neither pbx.db, Master.csv nor queue_log, nor the bank log: it begins "
            f"{line[:60]!r}; --columns tells the columns of another"
        )

    def _row(
        self, number: int, line: str, *, rows: Rows, split: Callable[[str], list[str]]
    ) -> Iterator[LoggedCall]:
        if not line:
            return
        self._count()
        try:
            yield from rows.take(split(line))
        except (Broken, ValueError, IndexError, OverflowError, OSError, csv.Error) as error:
            self._breaks(f"line {number}", str(error)[:100])

    def _database(self) -> Iterator[LoggedCall]:
        try:
            db = sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro", uri=True)
            try:
                yield from self._visits(db)
            finally:
                db.close()
        except sqlite3.Error as error:
            raise CallLogError(f"{self.path}: no database of this exchange: {error}") from error

    def _visits(self, db: sqlite3.Connection) -> Iterator[LoggedCall]:
        counted = db.execute("SELECT count(*) FROM segments WHERE kind = 'wait'").fetchone()[0]
        for row in db.execute(_VISITS):
            self._count()
            if self.rows % 20_000 == 0:
                self._on_progress(self.rows / counted)
            try:
                yield _visit(row, self._zone)
            except (Broken, ValueError, TypeError, OverflowError, OSError) as error:
                self._breaks(f"visit {self.rows}", str(error)[:100])


def cells_of(line: str) -> list[str]:
    """The fields of a line. Each line stands for itself: a quote left open spoils one row only."""
    if '"' not in line:
        return line.split(",")
    return next(csv.reader([line], strict=True))


def barred(line: str) -> list[str]:
    """The fields of a line of queue_log."""
    return line.split("|")


def _visit(row: _VisitRow, zone: tzinfo | None) -> LoggedCall:
    """A visit to a queue, of the epoch times in our record."""
    queue, started, ended, outcome, agent, left = row
    day, second = local(started, zone)
    how = "answered" if agent else "abandoned" if outcome == "abandoned" else "other"
    handle_s = -1.0 if left is None or not agent else max(0.0, left - ended)
    return LoggedCall(day, second, queue, how, max(0.0, ended - started), handle_s, agent)
