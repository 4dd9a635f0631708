"""What each event of queue_log tells of a visit to a queue.

Waits and talks are whole seconds, how long a phone rang in vain is in milliseconds. Some events of
old logs are shorter: what is not there is taken from the clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pbx.service.imports.past_call import OFFERS_MAX, Ring, Visit
from pbx.service.imports.row_logs import ms
from pbx.service.planning.call_rows import Broken, seconds


class Line(NamedTuple):
    """What a line says beside its event and its call."""

    agent: str
    at_ms: int
    data: list[str]


def _rings(visit: Visit, line: Line, *, reason: str) -> None:
    ring_ms = round(seconds(line.data[0])) if line.data and line.data[0] else 0
    if len(visit.rings) >= OFFERS_MAX:
        raise Broken(f"more than {OFFERS_MAX} phones rang for one call")
    visit.rings.append(Ring(line.agent, line.at_ms, ring_ms, reason))


def _rang(visit: Visit, line: Line) -> None:
    _rings(visit, line, reason="no_answer")


def _cancelled(visit: Visit, line: Line) -> None:
    _rings(visit, line, reason="withdrawn")


def _connected(visit: Visit, line: Line) -> None:
    data, wait_ms = line.data, ms(line.data[0])
    visit.ring_ms = min(wait_ms, ms(data[2])) if len(data) > 2 and data[2] else 0
    visit.outcome = visit.why = "answered"
    visit.agent, visit.wait_ms = line.agent, wait_ms


def _talked(visit: Visit, agent: str, *, times: list[str]) -> None:
    """`times`: wait, talk and the position at the start, as far as they are told."""
    wait_ms, talk_ms = ms(times[0]), ms(times[1])
    visit.position = int(times[2]) if len(times) > 2 and times[2] else visit.position
    visit.outcome = visit.why = "answered"
    visit.agent, visit.wait_ms, visit.talk_ms = agent, wait_ms, talk_ms


def _by_agent(visit: Visit, line: Line) -> None:
    visit.by = "agent"
    _talked(visit, line.agent, times=line.data)


def _by_caller(visit: Visit, line: Line) -> None:
    visit.by = "caller"
    _talked(visit, line.agent, times=line.data)


def _transferred(visit: Visit, line: Line) -> None:
    visit.by, visit.to = "transfer", line.data[0]
    _talked(visit, line.agent, times=line.data[2:])


def _attended(visit: Visit, line: Line) -> None:
    visit.by, visit.method, visit.other = "transfer", line.data[0].lower(), line.data[1]
    _talked(visit, line.agent, times=line.data[2:])


def _left(visit: Visit, at: int, *, outcome: str, why: str, data: list[str]) -> None:
    """`data`: position at the end, at the start, wait; old logs have the first alone."""
    waited = ms(data[2]) if len(data) > 2 and data[2] else max(0, at - visit.entered_ms)
    visit.left_position = int(data[0]) if data and data[0] else 0
    visit.position = int(data[1]) if len(data) > 1 and data[1] else visit.position
    visit.outcome, visit.why, visit.wait_ms = outcome, why, waited


def _abandoned(visit: Visit, line: Line) -> None:
    _left(visit, line.at_ms, outcome="abandoned", why="caller", data=line.data)


def _timed_out(visit: Visit, line: Line) -> None:
    _left(visit, line.at_ms, outcome="overflowed", why="max_wait", data=line.data)


def _emptied(visit: Visit, line: Line) -> None:
    _left(visit, line.at_ms, outcome="overflowed", why="empty", data=line.data)


def _by_key(visit: Visit, line: Line) -> None:
    _left(visit, line.at_ms, outcome="exited", why=f"key:{line.data[0]}", data=line.data[1:])


EVENTS: dict[str, Callable[[Visit, Line], None]] = {
    "RINGNOANSWER": _rang,
    "RINGCANCELED": _cancelled,
    "CONNECT": _connected,
    "COMPLETEAGENT": _by_agent,
    "COMPLETECALLER": _by_caller,
    "TRANSFER": _transferred,
    "BLINDTRANSFER": _transferred,
    "ATTENDEDTRANSFER": _attended,
    "ABANDON": _abandoned,
    "EXITWITHTIMEOUT": _timed_out,
    "EXITEMPTY": _emptied,
    "EXITWITHKEY": _by_key,
}
RINGS = frozenset(("RINGNOANSWER", "RINGCANCELED"))
ENDS = frozenset(EVENTS) - RINGS - {"CONNECT"}
# event -> which of its data are seconds since the call entered the queue
TIMES = {
    "CONNECT": (0,), "COMPLETEAGENT": (0, 1), "COMPLETECALLER": (0, 1), "TRANSFER": (2, 3),
    "BLINDTRANSFER": (2, 3), "ATTENDEDTRANSFER": (2, 3), "ABANDON": (2,), "EXITWITHTIMEOUT": (2,),
    "EXITEMPTY": (2,), "EXITWITHKEY": (3,),
}  # fmt: skip
