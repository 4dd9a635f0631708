"""A call centre with everything in it, for tests of the simulator: seeded by one number."""

from __future__ import annotations

import random
from typing import Any

from kernel.acd import engine as acd
from kernel.simulator import model as m
from kernel.simulator.simulation import FACTS, Simulator

MINUTE = 60_000
HOUR = 60 * MINUTE


def law(dice: random.Random, mean_ms: int) -> m.Law:
    """Any law, of about this mean."""
    table = [dice.randrange(2 * mean_ms) for _ in range(20)]
    return dice.choice([
        m.constant(mean_ms), m.exponential(mean_ms), m.log_normal(mean_ms, mean_ms / 2),
        m.empirical(table), m.empirical(table, [0.05] * 20),
    ])  # fmt: skip


def queue(dice: random.Random, number: int, queues: int) -> m.Queue:
    routing: dict[str, Any] = {
        "strategy": dice.randrange(len(acd.STRATEGIES)),
        "levels": [dice.randrange(3) for _ in range(3)],
        "relax": [(30_000, [1, 0, 0]), (60_000, [])][: dice.randrange(3)],
        "offer_ms": 15_000, "retry_ms": dice.choice([0, 10_000]), "misses_max": dice.randrange(3),
        "max_wait_ms": dice.choice([0, 90_000]), "leave_when_empty": dice.random() < 0.3,
    }  # fmt: skip
    return m.Queue(
        talk=law(dice, 120_000), wrap_up=law(dice, 20_000), patience=law(dice, 90_000),
        routing=routing, priority=dice.randrange(3), length_max=dice.choice([0, 0, 8]),
        overflow=number + 1 if number + 1 < queues and dice.random() < 0.7 else None,
        redials=dice.choice([0.0, 0.6]), redial_after=law(dice, 120_000),
        credit_ms=dice.choice([0, 60_000]),
    )  # fmt: skip


def agent(dice: random.Random, queues: int) -> m.Agent:
    begin = dice.randrange(HOUR)
    shift = (begin, begin + dice.randrange(HOUR, 3 * HOUR))
    later = dice.randrange(HOUR, 3 * HOUR)
    return m.Agent(
        queues=dice.sample(range(queues), dice.randrange(1, queues + 1)),
        levels=[dice.randrange(3) for _ in range(3)], order=dice.randrange(3), shifts=[shift],
        breaks=[(later, later + 10 * MINUTE)] if dice.random() < 0.5 else [],
        ring=dice.choice([m.AT_ONCE, m.exponential(4_000), m.constant(20_000)]),
        misses=dice.choice([0.0, 0.1]), refuses=dice.choice([0.0, 0.1]), returns_ms=3 * MINUTE,
        routing={"weight": dice.randrange(1, 4)},
    )  # fmt: skip


def any_model(seed: int) -> m.Model:
    """Four hours of some queues and agents, drawn and known calls, all that may go wrong."""
    dice = random.Random(seed)
    queues = dice.randrange(1, 5)
    counts = [[dice.randrange(12) for _ in range(16)] for _ in range(queues)]
    calls = [
        m.Call(
            at=dice.randrange(4 * HOUR), queue=dice.randrange(queues),
            talk_ms=dice.choice([None, 50_000]), patience_ms=dice.choice([None, 10_000]),
        )
        for _ in range(20)
    ]  # fmt: skip
    return m.Model(
        queues=[queue(dice, number, queues) for number in range(queues)],
        agents=[agent(dice, queues) for _ in range(dice.randrange(1, 12))],
        length_ms=4 * HOUR, interval_ms=15 * MINUTE, calls=calls,
        arrivals=m.Arrivals(15 * MINUTE, counts, is_exact=dice.random() < 0.5),
        lines=dice.choice([0, 12]),
        waiting=[(0, dice.randrange(60_000)) for _ in range(dice.randrange(4))],
        doing={0: m.Doing(standing="talking", elapsed_ms=20_000)} if dice.random() < 0.5 else {},
    )  # fmt: skip


def replayed(model: m.Model, beginning: bytes, simulator: Simulator) -> acd.Engine:
    """An engine that was told from Python what the simulator has told its own since then."""
    engine = acd.Engine()
    engine.restore(beginning)
    for number, now, subject, detail in simulator.facts():
        tell = getattr(engine, FACTS[number])
        if FACTS[number] == "advance":
            tell(now)
        elif FACTS[number] == "released":
            tell(now, subject, refused=bool(detail), lost=False)
        elif FACTS[number] == "enter":
            engine.enter(now, subject, detail, credit_ms=model.queues[subject].credit_ms)
        elif FACTS[number] in ("leave", "talk_ended"):
            tell(now, subject, detail)
        else:
            tell(now, subject)
    return engine
