"""Call logs of others and our own, row by row: what called, when, how long it waited and talked.

    pbx.db      our record: a row for each visit to a queue
    Master.csv  Asterisk's 18 columns, with or without a heading; queue calls only. It does not know
                waits: `billsec` runs from the queue's answer, so a queue call has no talk time
    bank log    date,arrival_s,type,… (Technion's "Anonymous Bank"); the type is the queue

Everything is read as a stream. A row that makes no sense is counted and kept with its line number,
the rest goes on; a file that is mostly such rows is refused.
"""

from __future__ import annotations

import csv
import math
import sqlite3
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pbx.service.asterisk_log import UNIQUE_ID

ROWS_MAX = 20_000_000
LINE_MAX = 64 * 1024
SHOWN_MAX = 20  # of the broken rows
DAY_S = 86_400
YEARS = (1970, 2200)
CDR_COLUMNS = 18
BANK_HEADING = "date,arrival_s,type,priority,ivr_s,queued,wait_s,outcome,talk_s,agent"
CDR_HEADING = ("accountcode", '"accountcode"')

_LASTAPP, _LASTDATA, _DSTCHANNEL, _START, _DURATION = 7, 8, 6, 9, 12
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


class LoggedCall(NamedTuple):
    """A call that asked for an agent. `second` of the local day by the wall clock; times below 0
    are not known; `handle_s` is talk, hold and wrap-up as far as the log has them."""

    day: date
    second: float
    queue: str
    outcome: str  # answered abandoned other
    wait_s: float
    handle_s: float
    agent: str


class CallLogError(Exception):
    """The log cannot be used: the text says which and why."""


class _Broken(Exception):
    """A row makes no sense: the text says why."""


Progress = Callable[[float], object]
_VisitRow = tuple[str, float, float, str, str, float | None]
_Row = Callable[[list[str]], LoggedCall | None]


class CallLog:
    """One log. Iterate it once: it yields the calls, and counts what it met.

    `zone` is where epoch times are read off the clock (pbx.db alone has them); `on_progress` is
    told now and then how much of the file is behind, 0 to 1. Raises CallLogError.
    """

    def __init__(
        self, path: Path, *, zone: tzinfo | None = None, on_progress: Progress = lambda _: None
    ) -> None:
        self.path = path
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
            parse, is_heading = self._format(first[1])
            for number, line in lines if is_heading else chain((first,), lines):
                yield from self._row(number, line, parse)

    def _lines(self, file: BinaryIO) -> Iterator[tuple[int, str]]:
        """Number and text of each line; a longer one than LINE_MAX comes in pieces."""
        size, read = max(1, self.path.stat().st_size), 0
        for number, raw in enumerate(iter(lambda: file.readline(LINE_MAX), b""), 1):
            read += len(raw)
            if number % 20_000 == 0:
                self._on_progress(read / size)
            encoding = "utf-8-sig" if number == 1 else "utf-8"
            yield number, raw.decode(encoding, "replace").strip("\r\n")

    def _format(self, line: str) -> tuple[_Row, bool]:
        """How to read the rows, and whether the first line is only a heading."""
        if line == BANK_HEADING:
            return _bank_call, True
        if len(_cells(line)) in (CDR_COLUMNS, CDR_COLUMNS - 1, UNIQUE_ID):
            return _cdr_call, line.startswith(CDR_HEADING)
        raise CallLogError(
            f"{self.path}: neither pbx.db, Master.csv nor the bank log: it begins {line[:60]!r}"
        )

    def _row(self, number: int, line: str, parse: _Row) -> Iterator[LoggedCall]:
        if not line:
            return
        self._count()
        try:
            call = parse(_cells(line))
        except (_Broken, ValueError, IndexError, csv.Error) as error:
            self._breaks(f"line {number}", str(error)[:100])
        else:
            if call:
                yield call

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
            except (_Broken, ValueError, TypeError, OverflowError, OSError) as error:
                self._breaks(f"visit {self.rows}", str(error)[:100])


def _cells(line: str) -> list[str]:
    """The fields of a line. Each line stands for itself: a quote left open spoils one row only."""
    if '"' not in line:
        return line.split(",")
    return next(csv.reader([line], strict=True))


def _visit(row: _VisitRow, zone: tzinfo | None) -> LoggedCall:
    """A visit to a queue, of the epoch times in our record."""
    queue, started, ended, outcome, agent, left = row
    local = datetime.fromtimestamp(started, zone)
    second = local.hour * 3600 + local.minute * 60 + local.second + local.microsecond / 1e6
    how = "answered" if agent else "abandoned" if outcome == "abandoned" else "other"
    handle_s = -1.0 if left is None or not agent else max(0.0, left - ended)
    return LoggedCall(local.date(), second, queue, how, max(0.0, ended - started), handle_s, agent)


def _bank_call(cells: list[str]) -> LoggedCall | None:
    """A row of the bank log; None for PHANTOM rows and those who left in the voice menu. The call
    asks for an agent when it leaves the menu, which may be past midnight."""
    if len(cells) != 10:
        raise _Broken(f"{len(cells)} fields, not 10")
    day, arrival, queue, _, ivr, queued, wait, outcome, talk, agent = cells
    if outcome not in ("AGENT", "HANG", "PHANTOM"):
        raise _Broken(f"no outcome {outcome!r}")
    if outcome == "PHANTOM" or (outcome == "HANG" and queued != "1"):
        return None
    days, second = divmod(_seconds(arrival) + _seconds(ivr), DAY_S)
    when = _date(day) + timedelta(days=int(days))
    if outcome == "HANG":
        return LoggedCall(when, second, queue, "abandoned", _seconds(wait), -1.0, "")
    return LoggedCall(when, second, queue, "answered", _seconds(wait), _seconds(talk), agent)


def _cdr_call(cells: list[str]) -> LoggedCall | None:
    """A row of Master.csv; None for calls that no queue had. Answered if it reached an agent."""
    if not UNIQUE_ID <= len(cells) <= CDR_COLUMNS:
        raise _Broken(f"{len(cells)} fields, not {CDR_COLUMNS}")
    _seconds(cells[_DURATION])
    day, clock = cells[_START][:10], cells[_START][11:19]
    hours, minutes, seconds = clock.split(":")
    second = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    if not 0 <= second < DAY_S:
        raise _Broken(f"no time of a day: {clock!r}")
    when = _date(day)
    if cells[_LASTAPP] != "Queue":
        return None
    channel = cells[_DSTCHANNEL]
    agent = channel.removeprefix("Agent/").partition("-")[0]
    queue = cells[_LASTDATA].partition(",")[0]
    outcome = "answered" if channel else "abandoned"
    return LoggedCall(when, second, queue, outcome, -1.0, -1.0, agent)


def _seconds(text: str) -> float:
    value = float(text)
    if not (math.isfinite(value) and 0 <= value <= 30 * DAY_S):
        raise _Broken(f"no number of seconds: {text!r}")
    return value


@lru_cache(maxsize=4096)
def _date(text: str) -> date:
    day = date.fromisoformat(text)
    if not YEARS[0] <= day.year < YEARS[1]:
        raise _Broken(f"no year of a call: {text!r}")
    return day
