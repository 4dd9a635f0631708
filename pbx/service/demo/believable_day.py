"""A day that could have been: who calls when, how patient, for how long; all of it from a seed.

    profile of the day -> arrivals (Poisson, thinned) -> each with its patience and its talk

Two runs with one seed have the same callers. Patience is exponential and talk log-normal, as
measured in real centres (Brown et al., JASA 2005, section 4: log-normal service times).
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

import msgspec

from pbx.service.demo.speech import VOICES

# Calls at each full hour, relative to the mean of 8 to 18 o'clock; straight lines between.
PROFILE = (
    0.05, 0.04, 0.03, 0.03, 0.04, 0.08, 0.2, 0.45, 0.75, 1.0, 1.3, 1.25,
    0.85, 0.9, 1.15, 1.1, 0.95, 0.8, 0.55, 0.45, 0.35, 0.25, 0.15, 0.08,
)  # fmt: skip
HOUR_MS = 3_600_000
START_HOUR = 9  # of the profile, when a plan begins
FIRST_MS = (200, 900, 1_700, 2_600, 3_800)  # those who call as soon as there is an exchange

TALK_S, TALK_SIGMA = 45.0, 0.55  # median and spread
TALK_MIN_S = 4.0
PATIENCE_S = 75.0
HURRIED_S = 3.0  # nobody gives up sooner

MENU, SALES, SUPPORT = "4000", "4001", "4002"
CALLED = {MENU: 40, SALES: 35, SUPPORT: 25}
KEYS = {"1": 50, "2": 40, "0": 7, "": 3}  # pressed in the menu; "" waits to be told again
NAMES = ("", "", "", "周明", "Anna Berg", "孙丽", "J. Novak", "黄海", "Emma Wood", "Acme Ltd")
REASONS = ("tea", "lunch", "training", "meeting")


class Habits(msgspec.Struct, frozen=True):
    """What a day is made of: `rate` is calls per hour in the mean of 8 to 18 o'clock, and all
    that takes time takes `speed` times less."""

    seed: int = 1
    rate: float = 380.0
    speed: float = 1.0

    def ms(self, seconds: float) -> int:
        """A person's seconds in milliseconds of this day."""
        return round(seconds * 1000 / self.speed)


class Arrival(msgspec.Struct, frozen=True):
    """One caller: when, who, to which number, and what comes of it if nobody is in the way."""

    at_ms: int
    calling: str
    name: str
    called: str
    key: str
    key_ms: int  # from the answer to the key
    patience_ms: int
    talk_ms: int
    hangs_up: bool  # the caller, not the agent, ends the talk
    is_held: bool  # the agent asks a colleague meanwhile
    is_passed_on: bool  # the agent leads the caller elsewhere
    voice: int


def arrivals(habits: Habits) -> Iterator[Arrival]:
    """All callers from the start of the day, without end."""
    chance = random.Random(f"callers {habits.seed}")
    for number, at_ms in enumerate(_times(habits, chance), 1):
        yield _arrival(habits, chance, at_ms=at_ms, number=number)


def _times(habits: Habits, chance: random.Random) -> Iterator[int]:
    """The first few at once, for the day is under way; then a Poisson process, by thinning."""
    yield from (round(ms / habits.speed) for ms in FIRST_MS)
    most_per_ms = habits.rate * habits.speed * max(PROFILE) / HOUR_MS
    at = FIRST_MS[-1] / habits.speed
    while True:
        at += chance.expovariate(most_per_ms)
        if chance.random() * max(PROFILE) < intensity(at * habits.speed):
            yield round(at)


def intensity(since_start_ms: float) -> float:
    """How busy the day is so long after its start, relative to the mean of 8 to 18 o'clock."""
    hour = START_HOUR + since_start_ms / HOUR_MS
    whole = math.floor(hour)
    before, after = PROFILE[whole % 24], PROFILE[(whole + 1) % 24]
    return before + (after - before) * (hour - whole)


def _arrival(habits: Habits, chance: random.Random, *, at_ms: int, number: int) -> Arrival:
    talk_s = chance.lognormvariate(math.log(TALK_S), TALK_SIGMA)
    return Arrival(
        at_ms,
        # The last digits count, so that no two callers at a time have one number.
        calling=f"1{chance.choice('3578')}{chance.randrange(10**4):04}{number % 10**5:05}",
        name=chance.choice(NAMES),
        called=_one_of(chance, CALLED),
        key=_one_of(chance, KEYS),
        key_ms=habits.ms(chance.uniform(1.5, 5.0)),
        patience_ms=habits.ms(HURRIED_S + chance.expovariate(1 / PATIENCE_S)),
        talk_ms=habits.ms(max(TALK_MIN_S, talk_s)),
        hangs_up=chance.random() < 0.7,
        is_held=chance.random() < 0.1,
        is_passed_on=chance.random() < 0.05,
        voice=chance.randrange(len(VOICES)),
    )


def _one_of(chance: random.Random, weights: dict[str, int]) -> str:
    return chance.choices(list(weights), list(weights.values()))[0]


class CallOut(msgspec.Struct, frozen=True):
    """Somebody of the house calls a number outside."""

    at_ms: int
    number: str


def calls_out(habits: Habits) -> Iterator[CallOut]:
    """The reception's own calls, without end."""
    chance = random.Random(f"calls out {habits.seed}")
    at_ms = habits.ms(8)
    while True:
        yield CallOut(at_ms, f"021{chance.randrange(10**8):08}")
        at_ms += habits.ms(chance.uniform(60, 180))


class Break(msgspec.Struct, frozen=True):
    """A stretch in which an agent takes no calls."""

    at_ms: int
    agent: str
    reason: str
    for_ms: int


def breaks(habits: Habits, agents: tuple[str, ...]) -> Iterator[Break]:
    """The breaks of a day, without end, never two at a time; none where there are no agents."""
    chance = random.Random(f"breaks {habits.seed}")
    at_ms = habits.ms(15)
    while agents:
        for_ms = habits.ms(chance.uniform(30, 90))
        yield Break(at_ms, chance.choice(agents), chance.choice(REASONS), for_ms)
        at_ms += for_ms + habits.ms(chance.uniform(10, 60))
