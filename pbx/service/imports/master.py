"""Master.csv: the calls of a queue and those that were none, from Asterisk's rows.

What the columns are is in `planning/asterisk_calls.py`. Several rows may be of one call: it waits
for the next until so many others are open, then it is given as it is. The wait of a call that an
agent answered is told only where the queue had not answered it before: else it is not known.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from datetime import tzinfo

from pbx.service.imports.past_call import OFFERS_MAX, VISITS_MAX, PastCall, Ring, Visit
from pbx.service.imports.row_logs import ms, row_name
from pbx.service.imports.times import local_ms
from pbx.service.planning.asterisk_calls import CDR_COLUMNS, DISPOSITIONS, OPEN_MAX
from pbx.service.planning.call_rows import Broken, clock_of, date_of
from pbx.service.record.asterisk_log import UNIQUE_ID

_SRC, _DST, _CONTEXT, _CHANNEL = 1, 2, 3, 6
_APPLICATION, _DATA, _START, _DURATION, _BILLED, _DISPOSITION = 7, 8, 9, 12, 13, 14
_LINKED_ID = 19
INSIDE = frozenset(("extensions", "internal", "from-internal"))  # contexts of one's own phones
_OUTCOMES = {
    "ANSWERED": "answered", "NO ANSWER": "no_answer", "NOANSWER": "no_answer", "BUSY": "busy",
    "FAILED": "failed", "CONGESTION": "failed",
}  # fmt: skip


class Master:
    """The calls of Master.csv; its times are local in `zone`."""

    def __init__(self, zone: tzinfo | None) -> None:
        self._zone = zone
        self._open: OrderedDict[str, PastCall] = OrderedDict()

    def take(self, cells: list[str], line: str) -> Iterator[PastCall]:
        """A row is a call, or one phone that rang for it."""
        if len(cells) not in CDR_COLUMNS:
            raise Broken(f"{len(cells)} fields, not 18 or 21")
        if cells[_DISPOSITION] not in DISPOSITIONS:
            raise Broken(f"no disposition {cells[_DISPOSITION]!r}")
        start = cells[_START]
        started = local_ms(date_of(start[:10]), clock_of(start[11:19]), zone=self._zone)
        lengths = ms(cells[_DURATION]), ms(cells[_BILLED])
        name = _name(cells) or row_name(started, line)
        call = self._open.get(name)
        if call is None:
            call = PastCall(name, started, cells[_SRC], cells[_DST])
        call.started_ms = min(call.started_ms, started)
        if cells[_APPLICATION] == "Queue":
            _visited(call, cells, started=started, lengths=lengths)
        elif not call.visits:
            _dialled(call, cells, lengths=lengths)
        self._open[name] = call
        if len(self._open) > OPEN_MAX:
            yield self._open.popitem(last=False)[1]

    def rest(self) -> Iterator[PastCall]:
        """The calls of the last rows."""
        while self._open:
            yield self._open.popitem(last=False)[1]


def _name(cells: list[str]) -> str:
    """By what the rows of a call are known; "" for a row that has nothing."""
    places = [place for place in (_LINKED_ID, UNIQUE_ID) if place < len(cells)]
    return next((cells[place] for place in places if cells[place]), "")


def _agent(channel: str) -> str:
    return channel.removeprefix("Agent/").partition("-")[0]


def _visited(call: PastCall, cells: list[str], *, started: int, lengths: tuple[int, int]) -> None:
    """A row of a queue: the visit, or one more phone that rang in it."""
    queue, channel = cells[_DATA].partition(",")[0], cells[_CHANNEL]
    call.direction, call.outcome = "in", ""
    duration, billed = lengths
    visit = next((each for each in call.visits if each.queue == queue), None)
    if visit is None:
        if len(call.visits) >= VISITS_MAX:
            raise Broken(f"more than {VISITS_MAX} visits of one call")
        visit = Visit(queue, started, outcome="abandoned", why="caller")
        call.visits.append(visit)
    visit.entered_ms = min(visit.entered_ms, started)
    if channel and cells[_DISPOSITION] == "ANSWERED":
        visit.outcome = visit.why = "answered"
        visit.agent, visit.talk_ms = _agent(channel), billed
        rung = started - visit.entered_ms + duration - billed
        visit.wait_ms = rung if rung > 0 else -1
        return
    if visit.outcome == "abandoned":
        visit.wait_ms = max(visit.wait_ms, started - visit.entered_ms + duration)
    if channel and len(visit.rings) < OFFERS_MAX:
        visit.rings.append(Ring(_agent(channel), started + duration, duration))


def _dialled(call: PastCall, cells: list[str], *, lengths: tuple[int, int]) -> None:
    """A row of a call that no queue had: the row that was answered counts, else the last."""
    if call.outcome == "answered":
        return
    duration, billed = lengths
    call.outcome = _OUTCOMES[cells[_DISPOSITION]]
    call.wait_ms, call.talk_ms = max(0, duration - billed), billed
    target, _, trunk = cells[_DATA].partition(",")[0].partition("@")
    if trunk:
        call.direction, call.trunk = "out", trunk
        return
    call.direction = "internal" if cells[_CONTEXT] in INSIDE else "in"
    call.extension = target.partition("/")[2] if cells[_APPLICATION] == "Dial" else ""
