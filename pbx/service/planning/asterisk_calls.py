"""Calls of Asterisk's two logs, of which a call takes several rows.

    Master.csv  18 columns, or 21 with peeraccount, linkedid, sequence behind; since Asterisk 12
                a row for each phone that rang, all of one call with its `uniqueid` (`linkedid`
                also over transfers). Answered is the call that one of its rows says was: one with a
                phone, and the disposition ANSWERED. It does not know waits: `billsec` runs from the
                queue's answer, so a queue call has no talk time

    queue_log   epoch|callid|queue|agent|EVENT|data…    of one visit:
                ENTERQUEUE ─┬─ CONNECT(wait) ── COMPLETEAGENT | COMPLETECALLER(wait, talk)
                            ├─ ABANDON(…, …, wait)
                            └─ EXITWITHTIMEOUT | EXITEMPTY | EXITWITHKEY

The rows of a call may come apart, between those of others: it waits for the next until so many
others are open, then it is given as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, tzinfo

from pbx.service.planning.call_rows import Broken, LoggedCall, clock_of, date_of, local, seconds
from pbx.service.record.asterisk_log import UNIQUE_ID

OPEN_MAX = 20_000  # calls of which more rows may come
CDR_COLUMNS = (UNIQUE_ID, UNIQUE_ID + 1, 18, 19, 21)  # uniqueid and the last ones may be left out
DISPOSITIONS = frozenset(("ANSWERED", "NO ANSWER", "BUSY", "FAILED", "CONGESTION", "NOANSWER"))
_DST, _LASTAPP, _LASTDATA, _START, _DURATION, _DISPOSITION = 6, 7, 8, 9, 12, 14
_LINKED_ID = 19


class Master:
    """Master.csv: the calls that a queue had."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], LoggedCall] = {}
        self._alone = 0

    def take(self, cells: list[str]) -> Iterator[LoggedCall]:
        """A row is a call, or one phone that rang for it."""
        if len(cells) not in CDR_COLUMNS:
            raise Broken(f"{len(cells)} fields, not 18 or 21")
        seconds(cells[_DURATION])
        if cells[_DISPOSITION] not in DISPOSITIONS:
            raise Broken(f"no disposition {cells[_DISPOSITION]!r}")
        day, second = date_of(cells[_START][:10]), clock_of(cells[_START][11:19])
        if cells[_LASTAPP] != "Queue":
            return
        queue = cells[_LASTDATA].partition(",")[0]
        key = (self._call(cells), queue)
        self._open[key] = _together(
            self._open.get(key), _of_row(day, second, queue=queue, cells=cells)
        )
        if len(self._open) > OPEN_MAX:
            yield self._open.pop(next(iter(self._open)))

    def rest(self) -> Iterator[LoggedCall]:
        """The calls of the last rows."""
        yield from self._open.values()
        self._open.clear()

    def _call(self, cells: list[str]) -> str:
        """By what the rows of a call are known; a row that has nothing is one."""
        for place in (_LINKED_ID, UNIQUE_ID):
            if place < len(cells) and cells[place]:
                return cells[place]
        self._alone += 1
        return f"alone {self._alone}"


def _of_row(day: date, second: int, *, queue: str, cells: list[str]) -> LoggedCall:
    channel = cells[_DST]
    if channel and cells[_DISPOSITION] == "ANSWERED":
        agent = channel.removeprefix("Agent/").partition("-")[0]
        return LoggedCall(day, second, queue, "answered", -1.0, -1.0, agent)
    return LoggedCall(day, second, queue, "abandoned", -1.0, -1.0, "")


def _together(first: LoggedCall | None, call: LoggedCall) -> LoggedCall:
    """A call by its rows so far and one more: it came when the first rang, and one answers it."""
    if first is None:
        return call
    came = min(first[:2], call[:2])
    told = first if first.outcome == "answered" else call
    return told._replace(day=came[0], second=came[1])


class QueueLog:
    """queue_log: a visit to a queue by its events."""

    def __init__(self, zone: tzinfo | None) -> None:
        self._zone = zone
        self._open: dict[tuple[str, str], LoggedCall] = {}

    def take(self, cells: list[str]) -> Iterator[LoggedCall]:
        """The visit that ends with this event, if one does."""
        epoch, call, queue, agent, event, *data = cells
        at = seconds_since(epoch)
        key = (call, queue)
        if event == "ENTERQUEUE":
            self._open[key] = LoggedCall(*local(at, self._zone), queue, "other", -1.0, -1.0, "")
            if len(self._open) > OPEN_MAX:
                yield self._open.pop(next(iter(self._open)))
        elif event == "CONNECT":
            came = self._came(key, at - seconds(data[0]))
            self._open[key] = came._replace(
                outcome="answered", wait_s=seconds(data[0]), agent=_name(agent)
            )
        elif event in _ENDS:
            wait, talk, outcome = _ENDS[event]
            waited = seconds(data[wait]) if wait is not None else -1.0
            talked = seconds(data[talk]) if talk is not None else -1.0
            came = self._came(key, at - max(0.0, waited) - max(0.0, talked))
            del self._open[key]
            who = _name(agent) if outcome == "answered" else ""
            yield came._replace(outcome=outcome, wait_s=waited, handle_s=talked, agent=who)

    def rest(self) -> Iterator[LoggedCall]:
        """Visits whose end the log does not have: answered ones have no handle time."""
        yield from self._open.values()
        self._open.clear()

    def _came(self, key: tuple[str, str], entered_s: float) -> LoggedCall:
        """The visit so far; where the log begins in its midst, as its times tell."""
        if key not in self._open:
            day, second = local(entered_s, self._zone)
            self._open[key] = LoggedCall(day, second, key[1], "other", -1.0, -1.0, "")
        return self._open[key]


# event -> which of its data are the wait and the talk, and what became of the visit
_ENDS: dict[str, tuple[int | None, int | None, str]] = {
    "COMPLETEAGENT": (0, 1, "answered"),
    "COMPLETECALLER": (0, 1, "answered"),
    "TRANSFER": (2, 3, "answered"),
    "BLINDTRANSFER": (2, 3, "answered"),
    "ATTENDEDTRANSFER": (2, 3, "answered"),
    "ABANDON": (2, None, "abandoned"),
    "EXITWITHTIMEOUT": (2, None, "other"),
    "EXITWITHKEY": (3, None, "other"),
    "EXITEMPTY": (2, None, "other"),
}


def seconds_since(epoch: str) -> float:
    """A time since 1970 of a call."""
    value = float(epoch)
    if not 0 <= value < 2**33:
        raise Broken(f"no time of a call: {epoch!r}")
    return value


def _name(agent: str) -> str:
    return agent.removeprefix("Agent/")


def is_queue_line(cells: list[str]) -> bool:
    """Whether a line is one of queue_log, by its cells."""
    return len(cells) >= 5 and cells[0].replace(".", "", 1).isdecimal()
