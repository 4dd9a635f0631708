"""queue_log: calls and agents' states by their events.

    ENTERQUEUE ─┬─ RINGNOANSWER … CONNECT ── COMPLETE… | …TRANSFER     talks
                └─ ABANDON | EXITWITHTIMEOUT | EXITEMPTY | EXITWITHKEY
    ADDMEMBER, REMOVEMEMBER, PAUSE, UNPAUSE                            of an agent, a line a queue

The log does not say when a call is over. One whose last visit has ended is given `LINGER_S` later,
for it may come into another queue; one whose end does not come is given as it is once so many
others are open. At the log's end it is too, unless it came in the last `OPEN_S`: then it goes on,
and is left out until a longer log tells how it ended.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from pbx.notes import AgentChanged, AgentLogged, AgentPaused
from pbx.service.imports.past_call import VISITS_MAX, Item, PastCall, Visit
from pbx.service.imports.row_logs import ms
from pbx.service.imports.times import since_1970
from pbx.service.imports.visit_events import ENDS, EVENTS, RINGS, TIMES, Line
from pbx.service.planning.asterisk_calls import OPEN_MAX, seconds_since
from pbx.service.planning.call_rows import Broken

LINGER_S = 60
OPEN_S = 4 * 3600
PAUSED_MAX = 10_000
QUEUES_MAX = 1_000  # of one agent's line, a line each
NONE = "NONE"
_AGENTS = frozenset(
    ("ADDMEMBER", "REMOVEMEMBER", "PAUSE", "UNPAUSE", "PAUSEALL", "UNPAUSEALL")
)  # fmt: skip


class QueueLog:
    """The calls and agents of queue_log. `going`: how many calls went on at its end."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, PastCall] = OrderedDict()
        self._over: OrderedDict[str, tuple[int, PastCall]] = OrderedDict()
        self._paused: dict[str, str] = {}  # agent: reason
        self._agent: AgentPaused | AgentLogged | None = None  # more of its queues may come
        self._now_ms = 0
        self.going = 0

    def take(self, cells: list[str], _line: str) -> Iterator[PastCall | Item]:
        """What is complete with this event."""
        epoch, name, queue, agent, event, *data = cells
        self._now_ms = round(seconds_since(epoch) * 1000)
        yield from self._lingered()
        if event in _AGENTS:
            yield from self._stands(event, agent, queue=queue, reason="".join(data[:1]))
        elif event == "ENTERQUEUE":
            self._entered(name, queue, data=data)
        elif event in EVENTS:
            call, visit = self._visit(name, queue, event=event, data=data)
            EVENTS[event](visit, Line(agent.removeprefix("Agent/"), self._now_ms, data))
            if visit not in call.visits:
                call.visits.append(visit)
            if event in ENDS:
                self._ended(call, visit)
            elif event == "CONNECT" or name not in self._over:
                self._over.pop(name, None)
                self._open[name] = call
        if len(self._open) > OPEN_MAX:
            yield _given(self._open.popitem(last=False)[1])

    def rest(self) -> Iterator[PastCall | Item]:
        """What the log had begun, without those that go on."""
        yield from self._stood()
        for _, call in self._over.values():
            yield call
        for call in self._open.values():
            if self._now_ms - call.visits[-1].entered_ms > OPEN_S * 1000:
                yield _given(call)
            else:
                self.going += 1
        self._over.clear()
        self._open.clear()

    def _entered(self, name: str, queue: str, *, data: list[str]) -> None:
        at = self._now_ms
        position = int(data[2]) if len(data) > 2 and data[2] else 1
        call = self._over.pop(name, (0, None))[1] or self._open.pop(name, None)
        if call is None:
            call = PastCall(name, at, data[1] if len(data) > 1 else "")
        if len(call.visits) >= VISITS_MAX:
            raise Broken(f"more than {VISITS_MAX} visits of one call")
        _end_untold(call)
        call.visits.append(Visit(queue, at, position))
        self._open[name] = call

    def _visit(
        self, name: str, queue: str, *, event: str, data: list[str]
    ) -> tuple[PastCall, Visit]:
        """The call and the visit that an event is of; where the log has not told of its beginning,
        a new one, as the event's times tell. A phone may stop ringing after the visit's end."""
        call = self._open.get(name) or self._over.get(name, (0, None))[1]
        visits = reversed(call.visits if call else ())
        visit = next((each for each in visits if each.queue == queue), None)
        if call and visit and not (visit.is_over and event not in RINGS):
            return call, visit
        if call and len(call.visits) >= VISITS_MAX:
            raise Broken(f"more than {VISITS_MAX} visits of one call")
        places = TIMES.get(event, ())
        before_ms = sum(ms(data[at]) for at in places if at < len(data))
        entered = since_1970(self._now_ms - before_ms)
        return call or PastCall(name, entered), Visit(queue, entered)

    def _ended(self, call: PastCall, visit: Visit) -> None:
        visit.is_over = True
        if visit.outcome == "answered":
            visit.after, visit.reason = "ready", ""
            if visit.agent in self._paused:
                visit.after, visit.reason = "paused", self._paused[visit.agent]
        if not all(each.is_over for each in call.visits):
            self._open[call.name] = call  # it waits in the next queue already
            return
        self._open.pop(call.name, None)
        self._over.pop(call.name, None)
        self._over[call.name] = (self._now_ms, call)

    def _lingered(self) -> Iterator[PastCall]:
        """The calls that are over by now."""
        while self._over:
            name, (ended, call) = next(iter(self._over.items()))
            if self._now_ms - ended < LINGER_S * 1000 and len(self._over) <= OPEN_MAX:
                return
            del self._over[name]
            yield call

    def _stands(self, event: str, agent: str, *, queue: str, reason: str) -> Iterator[Item]:
        """An agent's line, put together with those before it that are of the same moment."""
        agent = agent.removeprefix("Agent/")
        queues = () if queue == NONE else (queue,)
        if event in ("ADDMEMBER", "REMOVEMEMBER"):
            note: AgentPaused | AgentLogged = AgentLogged(
                agent, event == "ADDMEMBER", "", queues, self._now_ms
            )
        else:
            note = AgentPaused(agent, event.startswith("PAUSE"), reason, "", queues, self._now_ms)
        last = self._agent
        if last is not None and _without_queues(last) == _without_queues(note):
            if len(last.queues) < QUEUES_MAX:
                self._agent = _of_queues(note, (*last.queues, *queues))
            return
        yield from self._stood()
        self._agent = note
        if isinstance(note, AgentPaused) and note.paused and len(self._paused) < PAUSED_MAX:
            self._paused[agent] = reason
        else:
            self._paused.pop(agent, None)

    def _stood(self) -> Iterator[Item]:
        """The agent's line that waited for more queues."""
        note, self._agent = self._agent, None
        if note is not None:
            yield Item((note, _standing(note)))


def _without_queues(note: AgentPaused | AgentLogged) -> AgentPaused | AgentLogged:
    return _of_queues(note, ())


def _of_queues(
    note: AgentPaused | AgentLogged, queues: tuple[str, ...]
) -> AgentPaused | AgentLogged:
    if isinstance(note, AgentPaused):
        return AgentPaused(note.agent, note.paused, note.reason, note.by, queues, note.wall_ms)
    return AgentLogged(note.agent, note.inside, note.extension, queues, note.wall_ms)


def _standing(note: AgentPaused | AgentLogged) -> AgentChanged:
    """How the agent stands from then on."""
    if isinstance(note, AgentPaused):
        state, reason = ("paused", note.reason) if note.paused else ("ready", "")
    else:
        state, reason = "ready" if note.inside else "logged_out", ""
    return AgentChanged(note.agent, state, reason, "", note.wall_ms)


def _end_untold(call: PastCall) -> None:
    """Visits that went on are over, the log does not say how."""
    for visit in call.visits:
        if not visit.outcome:
            visit.outcome, visit.is_over = "exited", True


def _given(call: PastCall) -> PastCall:
    _end_untold(call)
    return call
