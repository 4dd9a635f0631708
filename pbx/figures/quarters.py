"""Notes folded into the counts of quarters of an hour: what the record keeps of them for reports.

    visits     `counted`, when they entered
    agents     how long each stood how, cut at every quarter
    trunks     calls when they began; their use, and the time without a free channel, cut likewise

What goes on, an agent's state or a full trunk, is in `Standings`, which the fold brings forward: so
notes may be folded in parts, and again. A start of the exchange (`SiteConfigured`) cuts all that
goes on: the time in which it was down is nobody's.

Imported notes count visits and calls, not states: a log seldom tells when they end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, Protocol, TypeVar

import msgspec

from pbx.figures.counted import COUNTS, QUEUE_COUNTS
from pbx.figures.trunk_figures import TRUNK_COUNTS
from pbx.notes import AgentChanged, CallClosed, Note, SiteConfigured, TrunkFilled

QUARTER_MS = 900_000

QueueKey = tuple[int, str, str]  # start (epoch seconds), queue, agent
AgentKey = tuple[int, str, str, str]  # start, agent, state, reason
TrunkKey = tuple[int, str]  # start, trunk
_Key = TypeVar("_Key")
_AWAY = "logged_out"  # no state of work: neither a row nor time


class TrunkUse(Protocol):
    """What of a call's record counts for its trunk: a `CallClosed`, or a row read back."""

    @property
    def trunk(self) -> str: ...

    @property
    def direction(self) -> str: ...

    @property
    def started_wall_ms(self) -> int: ...

    @property
    def answered_wall_ms(self) -> int: ...

    @property
    def ended_wall_ms(self) -> int: ...


class Standing(msgspec.Struct, frozen=True):
    """A state of an agent and since when; the call it is for."""

    state: str
    reason: str
    call: str
    since_wall_ms: int


class Standings(msgspec.Struct):
    """What goes on after so many notes: agents' states, and since when trunks are full."""

    agents: dict[str, Standing] = {}
    full: dict[str, int] = {}

    def copy(self) -> Standings:
        """One that can be folded into without changing this."""
        return Standings(dict(self.agents), dict(self.full))


class Quarters(msgspec.Struct):
    """Counts to be added to those the record has: by key, in the order of the columns. `states`
    are rows of `agent_states` by (started, agent): when each ended, None while it goes on."""

    queues: dict[QueueKey, list[int]] = {}
    agents: dict[AgentKey, list[int]] = {}  # begun, ms
    trunks: dict[TrunkKey, list[int]] = {}
    states: dict[tuple[int, str], tuple[int | None, Standing]] = {}

    def taken_away(self) -> Quarters:
        """The same counts below 0, for facts that go."""
        return Quarters(_minus(self.queues), _minus(self.agents), _minus(self.trunks))


def _minus(rows: dict[_Key, list[int]]) -> dict[_Key, list[int]]:
    return {key: [-count for count in row] for key, row in rows.items()}


_QUEUE_AT = {name: place for place, name in enumerate(QUEUE_COUNTS)}
_TRUNK_AT = {name: place for place, name in enumerate(TRUNK_COUNTS)}


def start_of(wall_ms: int) -> int:
    """The first second of the quarter that a time is in, since the epoch."""
    return wall_ms // QUARTER_MS * (QUARTER_MS // 1_000)


def cut(from_ms: int, to_ms: int) -> Iterator[tuple[int, int]]:
    """A stretch of time by the quarters it lies in: start and ms of each part."""
    while from_ms < to_ms:
        ends_ms = min(to_ms, (from_ms // QUARTER_MS + 1) * QUARTER_MS)
        yield start_of(from_ms), ends_ms - from_ms
        from_ms = ends_ms


def fold(notes: Iterable[Note], standings: Standings, *, with_states: bool = True) -> Quarters:
    """The counts of notes in their order; `standings` is brought up to them."""
    into = _Into(Quarters(), standings)
    takes = _TAKES if with_states else _TAKES_WITHOUT_STATES
    for note in notes:
        take = takes.get(type(note))
        if take is not None:
            take(note, into)
    return into.found


class _Into(NamedTuple):
    """What notes are folded into."""

    found: Quarters
    standings: Standings


def _row(rows: dict[_Key, list[int]], key: _Key, *, size: int) -> list[int]:
    row = rows.get(key)
    if row is None:
        row = rows[key] = [0] * size
    return row


def _visited(note: Note, into: _Into) -> None:
    entered_wall_ms, queue, agent, counts = COUNTS[type(note)](note)
    key = entered_wall_ms // QUARTER_MS * (QUARTER_MS // 1_000), queue, agent
    queues = into.found.queues
    row = queues.get(key)
    if row is None:
        row = queues[key] = [0] * len(QUEUE_COUNTS)
    for name, more in counts.items():
        row[_QUEUE_AT[name]] += more


def _changed(note: AgentChanged, into: _Into) -> None:
    reason = note.reason if note.state == "paused" else ""
    standings = into.standings.agents
    was = standings.get(note.agent)
    if was is not None:
        if (was.state, was.reason) == (note.state, reason):
            return  # told again
        del standings[note.agent]
        _ended(note.agent, was, found=into.found, at=note.wall_ms)
    if note.state != _AWAY:
        _began(note.agent, Standing(note.state, reason, note.call, note.wall_ms), into=into)


def _began(agent: str, standing: Standing, *, into: _Into) -> None:
    into.standings.agents[agent] = standing
    into.found.states[standing.since_wall_ms, agent] = None, standing
    key = start_of(standing.since_wall_ms), agent, standing.state, standing.reason
    _row(into.found.agents, key, size=2)[0] += 1


def _ended(agent: str, standing: Standing, *, found: Quarters, at: int) -> None:
    found.states[standing.since_wall_ms, agent] = max(at, standing.since_wall_ms), standing
    for start, ms in cut(standing.since_wall_ms, at):
        _row(found.agents, (start, agent, standing.state, standing.reason), size=2)[1] += ms


def _restarted(note: SiteConfigured, into: _Into) -> None:
    """What the exchange went down with is over since it was last heard of; agents stand as they
    stood until they are heard to stand otherwise."""
    if note.reloaded:
        return
    heard = note.heard_wall_ms if note.heard_wall_ms >= 0 else note.wall_ms
    for agent, standing in list(into.standings.agents.items()):
        _ended(agent, standing, found=into.found, at=heard)
        again = msgspec.structs.replace(standing, since_wall_ms=note.wall_ms, call="")
        _began(agent, again, into=into)
    for trunk, since_ms in into.standings.full.items():
        _was_full(trunk, into.found, since_ms=since_ms, at=heard)
    into.standings.full.clear()


def _filled(note: TrunkFilled, into: _Into) -> None:
    full = into.standings.full
    if note.full:
        full[note.trunk] = note.wall_ms
        key = start_of(note.wall_ms), note.trunk
        _row(into.found.trunks, key, size=len(TRUNK_COUNTS))[_TRUNK_AT["filled"]] += 1
    elif note.trunk in full:
        _was_full(note.trunk, into.found, since_ms=full.pop(note.trunk), at=note.wall_ms)


def _was_full(trunk: str, found: Quarters, *, since_ms: int, at: int) -> None:
    for start, ms in cut(since_ms, at):
        _row(found.trunks, (start, trunk), size=len(TRUNK_COUNTS))[_TRUNK_AT["full_ms"]] += ms


def _closed(note: CallClosed, into: _Into) -> None:
    use_trunk(note, into.found)


def use_trunk(call: TrunkUse, found: Quarters) -> None:
    """Count a call that is over for its trunk, if it had one."""
    if not call.trunk:
        return
    way = "out" if call.direction == "out" else "in"
    key = start_of(call.started_wall_ms), call.trunk
    row = _row(found.trunks, key, size=len(TRUNK_COUNTS))
    row[_TRUNK_AT[f"calls_{way}"]] += 1
    row[_TRUNK_AT[f"answered_{way}"]] += call.answered_wall_ms >= 0
    for start, ms in cut(call.started_wall_ms, call.ended_wall_ms):
        used = _row(found.trunks, (start, call.trunk), size=len(TRUNK_COUNTS))
        used[_TRUNK_AT["used_ms"]] += ms


_Take = Callable[[Any, _Into], None]
_TAKES_WITHOUT_STATES: dict[type[Note], _Take] = {
    **dict.fromkeys(COUNTS, _visited), CallClosed: _closed,
}  # fmt: skip
_TAKES: dict[type[Note], _Take] = {
    **_TAKES_WITHOUT_STATES,
    AgentChanged: _changed,
    SiteConfigured: _restarted,
    TrunkFilled: _filled,
}
