"""Simulated days: sound after every event, all calls accounted for, the same again, replayed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kernel.acd import engine as acd
from kernel.simulator import model as m
from kernel.simulator.result import STANDINGS, Result
from kernel.simulator.simulation import Simulator
from tests.kernel.simulator.simulated import HOUR, MINUTE, any_model, replayed

SECOND = 1_000
TALK = m.constant(100_000)


def one_queue(calls: list[m.Call], agents: list[m.Agent], **settings: object) -> Result:
    """The result of an hour of known calls to one queue."""
    queue = m.Queue(**{"talk": TALK, **settings})  # type: ignore[arg-type]
    return Simulator(m.Model(queues=[queue], agents=agents, length_ms=HOUR, calls=calls)).run()


def at(seconds: int, queue: int = 0, patience_s: int | None = None) -> m.Call:
    patience_ms = None if patience_s is None else patience_s * SECOND
    return m.Call(at=seconds * SECOND, queue=queue, patience_ms=patience_ms)


# ---- any day ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(40))
def test_a_day_is_sound_after_every_event_and_accounts_for_every_call(seed: int) -> None:
    sound_day(seed)


@pytest.mark.long
@pytest.mark.timeout(0)
@pytest.mark.parametrize("batch", range(20))
def test_very_many_days_are_sound_after_every_event(batch: int) -> None:
    for seed in range(10_000 + batch, 15_000, 20):
        sound_day(seed)


def sound_day(seed: int) -> None:
    simulator = Simulator(any_model(seed), seed)
    done, length = False, simulator.result().interval_ms * 16
    while not done:
        done = simulator.advance(length, 1)
        assert simulator.check() == [], f"seed {seed}, at {simulator.now_ms} ms"
    account(simulator)


@pytest.mark.parametrize("batch", range(4))
def test_many_days_account_for_every_call(batch: int) -> None:
    for seed in range(1_000 + batch, 1_400, 4):
        simulator = Simulator(any_model(seed), seed)
        simulator.run()
        assert simulator.check() == [], f"seed {seed}"
        account(simulator)


def account(simulator: Simulator) -> None:
    """Offered = answered + abandoned + overflowed + in the queue; the engine counts the same."""
    result, engine = simulator.result(), acd.Engine()
    engine.restore(simulator.snapshot())
    waiting = 0
    for queue in range(result.queues):
        found = result.figures(queue)
        length = engine.length(queue)
        waiting += length
        assert found.offered == found.answered + found.abandoned + found.overflowed + length
        counts = (found.offered, found.answered, found.abandoned, found.overflowed)
        assert engine.counts(queue) == (*counts, 0, 0, 0)
        assert sum(result.waits[queue * result.intervals * 736 :][: result.intervals * 736]) == (
            found.answered
        )
    everything = result.figures()
    busy = sum(bool(engine.standing(a) == acd.BUSY) for a in range(len(simulator_agents(engine))))
    assert simulator.in_system() == (waiting, busy)
    assert sum(everything.standing_ms.values()) == len(simulator_agents(engine)) * result.now_ms


def simulator_agents(engine: acd.Engine) -> list[int]:
    found = []
    for agent in range(acd.AGENTS_MAX):
        try:
            engine.standing(agent)
        except ValueError:
            break
        found.append(agent)
    return found


@pytest.mark.parametrize("seed", range(0, 40, 4))
def test_the_engine_told_the_same_from_python_decides_the_same(seed: int) -> None:
    model = any_model(seed)
    simulator = Simulator(model, seed, is_recorded=True, is_digested=True)
    beginning = simulator.snapshot()
    simulator.run()
    engine = replayed(model, beginning, simulator)
    assert engine.digest() == simulator.digest()
    engine.actions()
    assert engine.snapshot() == simulator.snapshot()


@pytest.mark.parametrize("seed", range(0, 40, 8))
def test_the_same_seed_gives_the_same_day_in_one_go_or_many_and_quiet_or_not(seed: int) -> None:
    model = any_model(seed)
    whole = Simulator(model, 7).run()
    parts = Simulator(model, 7, is_recorded=True, is_digested=True)
    for minute in range(0, 4 * 60 + 1, 7):
        parts.advance(minute * MINUTE, 5)
        parts.advance(minute * MINUTE)
    assert parts.run().cells == whole.cells
    assert parts.run().all_standing_ms == whole.all_standing_ms
    assert Simulator(model, 8).run().cells != whole.cells


@pytest.mark.parametrize("seed", range(60))
def test_what_is_done_at_once_leaves_the_engine_as_the_long_way_does(seed: int) -> None:
    """Recorded, every offer is told as its facts; else those answered at once are taken short."""
    model = any_model(seed)
    at_once = [
        replace(agent, ring=m.AT_ONCE, misses=0.0, refuses=0.0) for agent in model.agents
    ]
    model = replace(model, agents=at_once)
    short, long = Simulator(model, seed), Simulator(model, seed, is_recorded=True)
    for minute in range(0, 4 * 60 + 1, 3):
        short.advance(minute * MINUTE)
        long.advance(minute * MINUTE)
        assert short.snapshot() == long.snapshot(), f"seed {seed}, minute {minute}"
        assert short.check() == []
    assert short.run().cells == long.run().cells
    assert short.run().waits == long.run().waits
    assert short.run().all_standing_ms == long.run().all_standing_ms


@pytest.mark.parametrize("agents", [0, 1, 3, 4, 5, 16, 17, 64, 65, 300])
def test_a_floor_of_any_size_is_taken_short_as_it_is_the_long_way(agents: int) -> None:
    """Around the sizes at which the agents' events are kept in one step more."""
    queue = m.Queue(
        talk=m.exponential(60_000), wrap_up=m.exponential(9_000),
        patience=m.exponential(30_000), redials=0.3,
    )  # fmt: skip
    model = m.Model(
        queues=[queue], agents=[m.Agent(queues=[0])] * agents, length_ms=HOUR,
        arrivals=m.Arrivals(HOUR, [[60 * agents + 50]]), waiting=[(0, 5)] * 20,
    )  # fmt: skip
    short, long = Simulator(model, agents), Simulator(model, agents, is_recorded=True)
    found, wanted = short.run(), long.run()
    assert short.snapshot() == long.snapshot() and short.check() == []
    assert (found.cells, found.waits) == (wanted.cells, wanted.waits)
    assert found.all_standing_ms == wanted.all_standing_ms
    short.restart(agents)
    assert short.run().cells == found.cells


def test_restarted_it_lives_the_day_again() -> None:
    model = any_model(11)
    simulator = Simulator(model, 1)
    first = simulator.run()
    simulator.restart(2)
    assert simulator.now_ms == 0 and simulator.events == 0
    simulator.advance(HOUR)
    simulator.restart(1)
    again = simulator.run()
    assert (again.cells, again.all_standing_ms) == (first.cells, first.all_standing_ms)
    assert again.waits == first.waits


# ---- one call ---------------------------------------------------------------------------------


def test_a_call_is_answered_at_once_where_an_agent_is_ready() -> None:
    found = one_queue([at(10)], [m.Agent(queues=[0])], wrap_up=m.constant(30_000)).figures()
    assert (found.offered, found.answered, found.answered_within) == (1, 1, 1)
    assert (found.asa_s, found.aht_s, found.mean_queue) == (0.0, 130.0, 0.0)
    assert found.standing_ms["busy"] == 100_000 and found.standing_ms["wrap_up"] == 30_000
    assert found.occupancy == 130_000 / HOUR and found.staffed == 1.0


def test_the_second_waits_for_wrap_up_and_the_third_hangs_up() -> None:
    calls = [at(0), at(50), at(60, patience_s=15)]
    result = one_queue(calls, [m.Agent(queues=[0])], wrap_up=m.constant(30_000))
    found = result.figures()
    assert (found.answered, found.abandoned) == (2, 1)
    assert found.answered_wait_ms == 80_000 and found.abandoned_wait_ms == 15_000
    assert found.mean_queue == 95_000 / HOUR
    assert result.wait_s(0.5) == 0.0 and result.wait_s(1.0) == pytest.approx(80, rel=0.032)


def test_every_service_level_has_its_own_denominator() -> None:
    calls = [at(0), at(50, patience_s=3), at(51, patience_s=10), at(52, patience_s=30), at(80)]
    found = one_queue(calls, [m.Agent(queues=[0])]).figures()
    assert (found.answered, found.abandoned, found.abandoned_short) == (2, 3, 1)
    levels = {
        "of_offered": 2 / 5, "of_ended": 2 / 5, "of_answered": 1.0,
        "of_answered_and_abandoned": 2 / 5, "excluding_abandoned_within": 2 / 3,
        "excluding_short": 2 / 4, "abandoned_within_is_good": 4 / 5,
    }  # fmt: skip
    assert {name: found.service_level(name) for name in levels} == levels


def test_an_agent_rings_before_answering_and_the_caller_may_tire_meanwhile() -> None:
    agents = [m.Agent(queues=[0], ring=m.constant(6_000))]
    found = one_queue([at(0), at(200, patience_s=5)], agents).figures()
    assert (found.answered, found.abandoned) == (1, 1)
    assert found.answered_wait_ms == 6_000 and found.abandoned_wait_ms == 5_000
    assert found.standing_ms["offered"] == 11_000


def test_who_does_not_answer_is_paused_and_comes_back() -> None:
    agents = [m.Agent(queues=[0], misses=1.0, returns_ms=600_000)]
    routing = {"offer_ms": 15_000, "misses_max": 1}
    found = one_queue([at(0)], agents, routing=routing).figures()
    assert found.answered == 0 and found.standing_ms["offered"] == 6 * 15_000
    assert found.standing_ms["paused"] == HOUR - 6 * 15_000


def test_who_refuses_is_passed_by_and_another_answers() -> None:
    agents = [m.Agent(queues=[0], refuses=1.0, ring=m.constant(2_000)), m.Agent(queues=[0])]
    found = one_queue([at(5)], agents).figures()
    assert found.answered == 1 and found.answered_wait_ms == 2_000


def test_whoever_was_not_served_calls_again() -> None:
    settings = {"redials": 1.0, "redial_after": m.constant(60_000)}
    found = one_queue([at(0, patience_s=10)], [], patience=m.constant(20_000), **settings).figures()
    # 10 s of patience, then again after 60 s for 20 s, the last time at 3,590 s
    assert (found.offered, found.redialled, found.abandoned) == (46, 45, 45)
    agents = [m.Agent(queues=[0], shifts=[(100_000, HOUR)])]
    found = one_queue([at(0, patience_s=10)], agents, **settings).figures()
    assert (found.offered, found.abandoned, found.answered) == (2, 1, 1)


def test_a_full_queue_and_busy_lines_turn_calls_away() -> None:
    calls = [at(second) for second in range(5)]
    found = one_queue(calls, [m.Agent(queues=[0])], length_max=2).figures()
    assert (found.offered, found.blocked) == (3, 2)
    model = m.Model(
        queues=[m.Queue(talk=TALK)], agents=[m.Agent(queues=[0])], calls=calls, lines=1,
        length_ms=HOUR,
    )  # fmt: skip
    found = Simulator(model).run().figures()
    assert (found.offered, found.blocked, found.blocked_share) == (1, 4, 0.8)


def test_credit_serves_a_call_as_if_it_had_come_earlier() -> None:
    late = m.Queue(talk=TALK, credit_ms=30_000)
    model = m.Model(
        queues=[m.Queue(talk=TALK), late], agents=[m.Agent(queues=[0, 1])], length_ms=HOUR,
        calls=[at(0), at(10), at(20), at(45, queue=1)],
    )  # fmt: skip
    result = Simulator(model).run()
    # at 100 s the call of 10 s, at 200 s that of 45 - 30 s, at 300 s that of 20 s
    assert result.figures(0).answered_wait_ms == 90_000 + 280_000
    assert result.figures(1).answered_wait_ms == 155_000


def test_overflow_takes_the_call_and_its_patience_along() -> None:
    first = m.Queue(talk=TALK, routing={"max_wait_ms": 30_000}, overflow=1)
    model = m.Model(
        queues=[first, m.Queue(talk=TALK)], agents=[m.Agent(queues=[1], shifts=[(40_000, HOUR)])],
        calls=[at(0), at(1, patience_s=35)], length_ms=HOUR,
    )  # fmt: skip
    result = Simulator(model).run()
    assert result.figures(0).overflowed == 2 and result.figures(0).overflowed_wait_ms == 60_000
    second = result.figures(1)
    assert (second.offered, second.answered, second.abandoned) == (2, 1, 1)
    assert (second.answered_wait_ms, second.abandoned_wait_ms) == (10_000, 5_000)


# ---- agents and arrivals by interval ----------------------------------------------------------


def test_agents_follow_their_shifts_and_breaks() -> None:
    agent = m.Agent(
        queues=[0], shifts=[(0, 20 * MINUTE), (30 * MINUTE, HOUR)],
        breaks=[(5 * MINUTE, 10 * MINUTE)],
    )  # fmt: skip
    model = m.Model(
        queues=[m.Queue(talk=TALK)], agents=[agent], length_ms=HOUR, interval_ms=15 * MINUTE,
        calls=[at(19 * 60 + 30)],
    )  # fmt: skip
    result = Simulator(model).run()
    minutes = {name: [ms / MINUTE for ms in result.standing_ms(name)] for name in STANDINGS}
    assert minutes["paused"] == [5, 0, 0, 0]
    assert minutes["busy"] == pytest.approx([0, 100 / 60, 0, 0])  # beyond the shift's end
    assert minutes["logged_out"] == pytest.approx([0, 10 - 70 / 60, 0, 0])
    assert [result.figures(0, n, last=n + 1).staffed for n in range(4)] == pytest.approx(
        [10 / 15, 5 / 15 + 70 / 900, 1, 1]
    )


def test_exactly_as_many_call_as_were_counted() -> None:
    counts = [[0, 7, 0, 30], [2, 0, 0, 1]]
    model = m.Model(
        queues=[m.Queue(talk=TALK)] * 2, agents=[], length_ms=HOUR, interval_ms=15 * MINUTE,
        arrivals=m.Arrivals(15 * MINUTE, counts, is_exact=True),
    )  # fmt: skip
    for seed in range(20):
        result = Simulator(model, seed).run()
        assert [list(result.column("offered", queue)) for queue in (0, 1)] == counts


def test_drawn_arrivals_are_poisson_by_interval() -> None:
    model = m.Model(
        queues=[m.Queue(talk=TALK, patience=m.constant(0))] * 2, agents=[], length_ms=HOUR,
        interval_ms=15 * MINUTE,
        arrivals=m.Arrivals(15 * MINUTE, [[0, 40, 100, 5], [10, 0, 300, 0]]),
    )  # fmt: skip
    simulator, sums, squares = Simulator(model), [0.0] * 8, [0.0] * 8
    for seed in range(2_000):
        simulator.restart(seed)
        result = simulator.run()
        for place, count in enumerate([*result.column("offered", 0), *result.column("offered", 1)]):
            sums[place] += count
            squares[place] += count * count
    for place, mean in enumerate([0, 40, 100, 5, 10, 0, 300, 0]):
        found = sums[place] / 2_000
        assert found == pytest.approx(mean, abs=3.3 * (mean / 2_000) ** 0.5)
        assert squares[place] / 2_000 - found**2 == pytest.approx(mean, rel=0.12)


# ---- a beginning in the midst of things -------------------------------------------------------


def test_it_begins_with_who_waits_and_who_talks() -> None:
    model = m.Model(
        queues=[m.Queue(talk=TALK, patience=m.constant(70_000))], length_ms=HOUR,
        agents=[m.Agent(queues=[0])] * 3, waiting=[(0, 20_000), (0, 69_000), (0, 5_000)],
        doing={
            0: m.Doing(standing="talking", elapsed_ms=90_000),
            1: m.Doing(standing="wrap_up", elapsed_ms=5_000, left_ms=15_000),
            2: m.Doing(standing="paused", elapsed_ms=1_000, left_ms=600_000),
        },
    )  # fmt: skip
    found = Simulator(model).run().figures()
    # 69 s: one second of patience; 20 s: answered when the talk ends; 5 s: after the wrap-up
    assert (found.offered, found.abandoned, found.answered) == (3, 1, 2)
    assert (found.abandoned_wait_ms, found.answered_wait_ms) == (70_000, 30_000 + 20_000)
    assert found.standing_ms["paused"] == 600_000
    assert found.mean_queue == (1_000 + 10_000 + 15_000) / HOUR  # what passed before is not ours


def test_callbacks_that_wait_at_the_beginning_are_called_back() -> None:
    queue = m.Queue(talk=TALK, patience=m.constant(MINUTE))
    model = m.Model(queues=[queue], agents=[m.Agent(queues=[0])], length_ms=HOUR)
    engine = acd.Engine()
    engine.restore(m.engine_of(model))
    for second in (1, 2):
        engine.enter_callback(second * SECOND, 0, 0)
    engine.login(3_000, 0)
    engine.actions()
    short = Simulator(model, engine=engine.snapshot())
    long = Simulator(model, engine=engine.snapshot(), is_recorded=True)
    found = short.run().figures()
    assert (found.offered, found.answered, found.abandoned) == (2, 2, 0)
    assert found.standing_ms["busy"] == 2 * 100_000
    assert long.run().cells == short.run().cells and short.check() == []
    assert short.snapshot() == long.snapshot() and short.in_system() == (0, 0)


def test_it_goes_on_from_a_live_engines_snapshot() -> None:
    """Of three calls one rings, one is being joined, one waits; an agent is in wrap-up."""
    queue = m.Queue(talk=TALK, patience=m.constant(HOUR))
    model = m.Model(queues=[queue], agents=[m.Agent(queues=[0])] * 3, length_ms=HOUR)
    engine = acd.Engine()
    engine.restore(m.engine_of(model))
    for agent in range(3):
        engine.login(1_000, agent)
    engine.talk_ended(2_000, 2, 30_000)
    for second in (3, 4, 5):
        engine.enter(second * SECOND, 0, 0)
    rings = [action for action in engine.actions() if action[0] == acd.RING]
    engine.answered(6_000, rings[1][3])
    engine.advance(7_000)
    engine.actions()
    simulator = Simulator(model, engine=engine.snapshot())
    found = simulator.run().figures()
    assert simulator.check() == []
    assert (found.offered, found.answered) == (3, 3)
    # 4 s and 3 s until the snapshot at 7 s; the third when wrap-up ends at 32 s
    assert found.answered_wait_ms == 4_000 + 3_000 + 27_000
    assert found.standing_ms["busy"] == 3 * 100_000
    assert found.standing_ms["wrap_up"] == 25_000


def test_an_engine_of_another_model_is_refused() -> None:
    model = any_model(1)
    other = replace(model, agents=[*model.agents, m.Agent(queues=[0])], doing={})
    with pytest.raises(ValueError, match="agents for a model of"):
        Simulator(model, engine=m.engine_of(other))
    with pytest.raises(ValueError, match="snapshot"):
        Simulator(model, engine=b"nothing")
