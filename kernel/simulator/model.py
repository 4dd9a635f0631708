"""What is simulated, in plain values: laws of time, queues, agents, arrivals, who is there already.

Times are ms from the beginning of the simulation; shares lie in 0..1. Whatever cannot be is a
ValueError that names it, raised when the value is made or when `Model` is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from types import MappingProxyType
from typing import Any

from kernel.acd import engine as acd

FOREVER = 1 << 40  # ms; the simulator's own
CELLS_MAX = 20_000  # queues x intervals
TABLE_MAX = 1 << 20
OVERFLOWS_MAX = 16  # queues that one call may see
KINDS = ("constant", "exponential", "log_normal", "empirical")
CONSTANT, EXPONENTIAL, LOG_NORMAL, EMPIRICAL = range(4)

# what `Engine.set_queue` is told unless a queue's `routing` says otherwise
ROUTING: Mapping[str, Any] = MappingProxyType({
    "strategy": acd.LONGEST_IDLE, "offer_ms": 15_000, "wrap_up_ms": 0, "retry_ms": 10_000,
    "confirm_ms": 5_000, "release_ms": 4_000, "max_wait_ms": 0, "misses_max": 0, "levels": (),
})  # fmt: skip


def whole(what: str, value: object, *, low: int, high: int) -> int:
    """The value, if it is an integer from `low` to `high`."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{what} is {value!r}, it must be an integer from {low} to {high}")
    return value


def share(what: str, value: float) -> float:
    """The value, if it lies in 0..1."""
    if not 0 <= value <= 1:
        raise ValueError(f"{what} is {value!r}, it must be from 0 to 1")
    return value


def positive(what: str, value: float) -> float:
    """The value, if it is a time above 0 ms that a simulation can last."""
    if not 0 < value < FOREVER:
        raise ValueError(f"{what} is {value!r}, it must be a time in ms above 0")
    return value


@dataclass(frozen=True)
class Law:
    """How long something lasts; made by the functions below."""

    kind: int
    first: float = 0.0
    second: float = 0.0
    values: tuple[int, ...] = ()
    sums: tuple[float, ...] = ()  # shares of the values, added up; empty: all alike

    def mean_ms(self) -> float:
        """Infinite where a part never ends."""
        if self.kind == LOG_NORMAL:
            return math.exp(self.first + self.second**2 / 2)
        if self.kind != EMPIRICAL:
            return math.inf if self.first >= FOREVER else self.first
        if not self.sums:
            return sum(self.values) / len(self.values)
        shares = [high - low for low, high in zip((0.0, *self.sums), self.sums, strict=False)]
        whole_part = sum(part * value for part, value in zip(shares, self.values, strict=True))
        return whole_part if self.sums[-1] >= 1 else math.inf


def constant(ms: int) -> Law:
    """Always the same."""
    return Law(CONSTANT, float(whole("constant", ms, low=0, high=FOREVER)))


def exponential(mean_ms: float) -> Law:
    return Law(EXPONENTIAL, positive("mean_ms", mean_ms))


def log_normal(mean_ms: float, sd_ms: float) -> Law:
    """By the mean and the standard deviation of the time itself, not of its logarithm."""
    positive("mean_ms", mean_ms)
    spread = math.log1p((positive("sd_ms", sd_ms) / mean_ms) ** 2)
    return Law(LOG_NORMAL, math.log(mean_ms) - spread / 2, math.sqrt(spread))


def empirical(values: Sequence[int], shares: Sequence[float] | None = None) -> Law:
    """One of `values` (ms), all alike or by their shares; what the shares lack of 1 never ends."""
    if not 1 <= len(values) <= TABLE_MAX:
        raise ValueError(f"{len(values)} values, there must be from 1 to {TABLE_MAX}")
    table = tuple(whole("value", int(value), low=0, high=FOREVER) for value in values)
    if shares is None:
        return Law(EMPIRICAL, values=table)
    if len(shares) != len(values):
        raise ValueError(f"{len(shares)} shares for {len(values)} values")
    sums = tuple(accumulate(share("share", part) for part in shares))
    if not 0 < sums[-1] <= 1 + 1e-9:
        raise ValueError(f"the shares add up to {sums[-1]!r}, at most 1 is possible")
    sums = (*sums[:-1], 1.0) if sums[-1] > 1 - 1e-9 else sums
    return Law(EMPIRICAL, values=table, sums=sums)


NEVER = Law(CONSTANT, float(FOREVER))
AT_ONCE = Law(CONSTANT, 0.0)


@dataclass(frozen=True, kw_only=True)
class Queue:
    """A queue and its calls; `routing`: keywords of `Engine.set_queue` that are not ROUTING's."""

    talk: Law
    wrap_up: Law = AT_ONCE
    patience: Law = NEVER
    routing: Mapping[str, Any] = field(default_factory=dict)
    priority: int = 0
    credit_ms: int = 0  # they are served as if they had come so much earlier
    within_ms: int = 20_000  # T of the service levels
    short_ms: int = 5_000  # abandoned so early is not counted against us, where so defined
    length_max: int = 0  # 0: no limit
    overflow: int | None = None  # the queue that max_wait, no agent, no room lead to
    redials: float = 0.0  # the share of those blocked or abandoned who call again
    redial_after: Law = field(default_factory=lambda: exponential(300_000))

    def __post_init__(self) -> None:
        if not self.talk.mean_ms() < FOREVER or not self.wrap_up.mean_ms() < FOREVER:
            raise ValueError("a talk or wrap-up that never ends")
        whole("priority", self.priority, low=-acd.PRIORITY_MAX, high=acd.PRIORITY_MAX)
        for what in ("within_ms", "short_ms", "credit_ms"):
            whole(what, getattr(self, what), low=0, high=FOREVER)
        whole("length_max", self.length_max, low=0, high=acd.ENTRIES_MAX)
        share("redials", self.redials)


@dataclass(frozen=True, kw_only=True)
class Agent:
    """An agent: skills by number, logged in for `shifts`, paused for `breaks` (begin, end)."""

    queues: Sequence[int]
    levels: Sequence[int] = ()
    order: int = 0
    shifts: Sequence[tuple[int, int]] = ((0, FOREVER),)
    breaks: Sequence[tuple[int, int]] = ()
    ring: Law = AT_ONCE  # from the first ring to the answer
    misses: float = 0.0  # the share of offers that are not answered
    refuses: float = 0.0  # of the others, the share refused
    returns_ms: int = 300_000  # so long after being paused for misses
    routing: Mapping[str, Any] = field(default_factory=dict)  # more of `Engine.set_agent`

    def __post_init__(self) -> None:
        share("misses", self.misses)
        share("refuses", self.refuses)
        whole("returns_ms", self.returns_ms, low=0, high=FOREVER)
        for spans in (self.shifts, self.breaks):
            last = 0
            for begin, end in sorted(spans):
                if not last <= begin < end <= FOREVER:
                    raise ValueError(f"from {begin} to {end} ms: ends too soon, or overlaps")
                last = end


@dataclass(frozen=True)
class Arrivals:
    """Expected calls by queue and interval: `counts[queue][interval]`; Poisson within each.

    `is_exact`: exactly as many (whole numbers), at uniform times. After the last interval nobody
    calls.
    """

    interval_ms: int
    counts: Sequence[Sequence[float]]
    is_exact: bool = False

    def __post_init__(self) -> None:
        whole("interval_ms", self.interval_ms, low=1, high=FOREVER)
        if len({len(row) for row in self.counts}) > 1:
            raise ValueError("the queues have different numbers of intervals")
        for row in self.counts:
            for count in row:
                if not 0 <= count < 1e12 or (self.is_exact and count != int(count)):
                    raise ValueError(f"{count!r} calls in an interval cannot be")


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call whose time is known; what is None is drawn by its queue's laws."""

    at: int
    queue: int
    talk_ms: int | None = None
    wrap_up_ms: int | None = None
    patience_ms: int | None = None


@dataclass(frozen=True, kw_only=True)
class Doing:
    """What an agent does when it begins: `standing` talking, wrap_up or paused, for `elapsed_ms`
    so far and `left_ms` yet; a talk's or pause's is drawn where that is None."""

    standing: str
    queue: int = 0
    elapsed_ms: int = 0
    left_ms: int | None = None

    def __post_init__(self) -> None:
        if self.standing not in ("talking", "wrap_up", "paused"):
            raise ValueError(f"{self.standing!r} is not talking, wrap_up or paused")
        if self.standing == "wrap_up" and self.left_ms is None:
            raise ValueError("a wrap-up at the beginning needs its left_ms")
        whole("elapsed_ms", self.elapsed_ms, low=0, high=FOREVER >> 4)
        whole("left_ms", self.left_ms or 0, low=0, high=FOREVER >> 4)


@dataclass(frozen=True, kw_only=True)
class Model:
    """All that is simulated. `waiting`: (queue, age in ms) of who waits at the beginning;
    `doing`: what agents do then; others of a shift are ready. `lines` 0: as many as are needed."""

    queues: Sequence[Queue]
    agents: Sequence[Agent]
    length_ms: int
    arrivals: Arrivals | None = None
    calls: Sequence[Call] = ()
    interval_ms: int = 0  # of the results; 0: one interval
    lines: int = 0
    waiting: Sequence[tuple[int, int]] = ()
    doing: Mapping[int, Doing] = field(default_factory=dict)

    @property
    def intervals(self) -> int:
        """How many the results have."""
        return -(-self.length_ms // self.interval_ms) if self.interval_ms else 1

    def __post_init__(self) -> None:
        whole("queues", len(self.queues), low=1, high=acd.QUEUES_MAX)
        whole("agents", len(self.agents), low=0, high=acd.AGENTS_MAX)
        whole("length_ms", self.length_ms, low=1, high=FOREVER - 1)
        whole("interval_ms", self.interval_ms, low=0, high=self.length_ms)
        whole("queues x intervals", len(self.queues) * self.intervals, low=1, high=CELLS_MAX)
        whole("lines", self.lines, low=0, high=1 << 30)
        self._check_numbers()
        self._check_overflows()

    def _queue(self, what: str, number: int) -> None:
        whole(what, number, low=0, high=len(self.queues) - 1)

    def _check_numbers(self) -> None:
        """Every queue and agent that is named is there."""
        for agent in self.agents:
            for queue in agent.queues:
                self._queue("an agent's queue", queue)
        if self.arrivals and len(self.arrivals.counts) != len(self.queues):
            raise ValueError(
                f"arrivals of {len(self.arrivals.counts)} queues for {len(self.queues)}"
            )
        for call in self.calls:
            self._queue("a call's queue", call.queue)
            whole("a call's time", call.at, low=0, high=FOREVER - 1)
            for ms in (call.talk_ms, call.wrap_up_ms, call.patience_ms):
                whole("a call's ms", ms or 0, low=0, high=FOREVER)
        for queue, age_ms in self.waiting:
            self._queue("a waiting call's queue", queue)
            whole("a waiting call's age", age_ms, low=0, high=FOREVER >> 4)
        for number, doing in self.doing.items():
            whole("an agent's number", number, low=0, high=len(self.agents) - 1)
            self._queue("an agent's call's queue", doing.queue)

    def _check_overflows(self) -> None:
        """From each queue, overflow ends."""
        for first in range(len(self.queues)):
            number = first
            for _ in range(OVERFLOWS_MAX):
                following = self.queues[number].overflow
                if following is None:
                    break
                self._queue("overflow", following)
                number = following
            else:
                raise ValueError(f"the calls of queue {first} overflow for ever")


# ---- the engine that a simulation begins with -------------------------------------------------


def engine_of(model: Model) -> bytes:
    """A snapshot of an engine with the model's queues, agents, and who is there at the beginning.

    Nobody is logged in yet: the roster's first turns do that.
    """
    engine = acd.Engine()
    for number, queue in enumerate(model.queues):
        patient = {"leave_when_empty": False} if model.waiting else {}
        engine.set_queue(number, **{**ROUTING, **queue.routing, **patient})
    for number, agent in enumerate(model.agents):
        engine.set_agent(
            number, order=agent.order, levels=agent.levels,
            queues=[*dict.fromkeys(agent.queues)], **agent.routing,
        )  # fmt: skip
        engine.device(0, number, True)
    _live_through(engine, model)
    if model.waiting:
        for number, queue in enumerate(model.queues):
            engine.set_queue(number, **{**ROUTING, **queue.routing})
    engine.actions()
    return engine.snapshot()


def _live_through(engine: acd.Engine, model: Model) -> None:
    """Bring the engine to the beginning: calls come, agents are busy, as long ago as they say."""
    ages = [age_ms for _, age_ms in model.waiting]
    ages += [doing.elapsed_ms for doing in model.doing.values()]
    now = max(ages, default=0)
    past = [(now - age_ms, 0, queue) for queue, age_ms in model.waiting]
    past += [(now - doing.elapsed_ms, 1, agent) for agent, doing in model.doing.items()]
    for at, is_agent, number in sorted(past):
        if not is_agent:
            queue = model.queues[number]
            engine.enter(at, number, queue.priority, credit_ms=queue.credit_ms)
            continue
        doing = model.doing[number]
        if doing.standing == "talking":
            engine.leg_added(at, number)
        elif doing.standing == "wrap_up":
            engine.talk_ended(at, number, doing.elapsed_ms + (doing.left_ms or 0))
        else:
            engine.pause(at, number)  # before they log in: nobody rings them
            engine.login(at, number)
    engine.advance(now)
