"""Calls kept for one agent, agents kept for other queues, wrap-up that goes on."""

from __future__ import annotations

import pytest

from kernel.acd import engine as acd
from tests.kernel.acd.floor import ANN, BOB, CARL, Floor


def kept(floor: Floor, now: int, agent: int = ANN, for_ms: int = 20_000, **more: int) -> int:
    """A call that prefers an agent."""
    return floor.engine.enter(now, 0, 0, preferred=agent, preferred_ms=for_ms, **more)


def ann_busy(agents: int = 2, **settings: object) -> Floor:
    floor = Floor(agents, **settings)
    floor.engine.leg_added(0, ANN)
    floor.did()
    return floor


def reasons(floor: Floor, entry: int) -> dict[int, tuple[str, int]]:
    return {agent: (acd.WHY_NOT[why], value) for agent, why, value in floor.engine.explain(entry)}


# ---- a preferred agent


def test_the_preferred_agent_is_rung_though_another_is_idle_longer() -> None:
    floor = Floor(2)
    entry = kept(floor, 5, BOB)
    (ring, _) = floor.engine.actions()
    assert (ring[0], ring[1], ring[2]) == (acd.RING, entry, BOB)
    assert acd.REASONS[ring[4]] == "preferred"


def test_a_call_waits_for_a_busy_preferred_agent_and_then_for_anybody() -> None:
    floor = ann_busy()
    entry = kept(floor, 1_000)
    assert floor.did() == []
    assert reasons(floor, entry) == {ANN: ("busy", 0), BOB: ("another_preferred", 20_000)}
    assert floor.engine.next_deadline() == 21_000
    floor.engine.advance(20_999)
    assert floor.did() == []
    floor.engine.advance(21_000)
    assert floor.did() == [("ring", BOB)]
    told = [(acd.ACTIONS[kind], agent) for _, kind, agent, _ in floor.engine.decisions(entry)]
    assert told == [("entered", ANN), ("opened", ANN), ("ring", BOB)]


def test_the_preferred_agent_takes_it_when_free() -> None:
    floor = ann_busy()
    kept(floor, 1_000)
    floor.hang_up(2_000, ANN, wrap_up_ms=5_000)
    assert floor.did() == []
    floor.engine.advance(7_000)
    assert floor.did() == [("ring", ANN)]
    assert floor.engine.next_deadline() == 21_000


@pytest.mark.parametrize("away", ["logout", "pause"])
def test_a_call_is_anybodys_at_once_when_the_preferred_agent_goes_away(away: str) -> None:
    floor = ann_busy()
    kept(floor, 1_000)
    getattr(floor.engine, away)(2_000, ANN)
    assert floor.did() == []  # she is at the phone yet
    floor.engine.leg_removed(3_000, ANN)
    assert floor.did() == [("ring", BOB)]
    assert floor.engine.next_deadline() == 18_000  # only the offer's


def test_a_lost_phone_lets_the_call_go_too() -> None:
    floor = Floor(2)
    kept(floor, 1_000)
    floor.did()
    floor.engine.device(2_000, ANN, False)
    assert floor.did()[:2] == [("release", ANN, 27), ("ended", ANN, "lost")]
    floor.released(2_100, ANN)
    assert floor.did() == [("ring", BOB)]


@pytest.mark.parametrize("away", ["logout", "pause"])
def test_nobody_waits_for_an_agent_who_is_away_from_the_start(away: str) -> None:
    floor = Floor(2)
    getattr(floor.engine, away)(1, ANN)
    floor.did()
    kept(floor, 2)
    assert floor.did() == [("ring", BOB)]


def test_nobody_waits_for_an_agent_who_may_not_take_the_call() -> None:
    floor = Floor(0, levels=[1])
    floor.set_queue(1)
    floor.add_agent(ANN)
    floor.add_agent(BOB, levels=[1])
    floor.add_agent(CARL, levels=[1], queues=[1])
    for now, preferred in enumerate((ANN, CARL)):
        floor.did()
        entry = kept(floor, now, preferred)
        assert floor.did() == [("ring", BOB)]
        floor.engine.leave(now, entry, acd.EXITED)
        floor.released(now, BOB)


@pytest.mark.parametrize("retry_ms", [0, 10_000])
def test_a_call_that_the_preferred_agent_refuses_is_anybodys(retry_ms: int) -> None:
    floor = Floor(2, retry_ms=retry_ms)
    kept(floor, 1, BOB)
    floor.did()
    floor.released(2, BOB, refused=True)
    assert floor.did() == [("ended", BOB, "refused"), ("ring", ANN)]


def test_ring_all_rings_the_preferred_agent_alone_and_then_all() -> None:
    floor = Floor(3, strategy=acd.RING_ALL)
    kept(floor, 1, BOB, 5_000)
    assert floor.did() == [("ring", BOB)]
    floor.engine.advance(5_001)
    assert floor.did() == [("ring", ANN), ("ring", CARL)]


def test_a_kept_call_has_its_place_among_the_others() -> None:
    floor = ann_busy(1)
    plain, waits, later = floor.call(1), kept(floor, 2), floor.call(3)
    assert floor.engine.waiting(0) == [plain, waits, later]
    assert [floor.engine.position(entry) for entry in (plain, waits, later)] == [1, 2, 3]
    assert floor.engine.next_entry(ANN) == plain


def test_the_agent_takes_the_best_of_those_kept_and_the_others() -> None:
    floor = ann_busy(1)
    kept(floor, 1, credit_ms=0)
    best = kept(floor, 2, credit_ms=50)
    floor.call(3)
    floor.engine.leg_removed(4, ANN)
    assert [action[1] for action in floor.engine.actions() if action[0] == acd.RING] == [best]


def test_a_kept_call_leaves_like_any_other() -> None:
    floor = ann_busy(max_wait_ms=10_000)
    gone, stays = kept(floor, 1), kept(floor, 2)
    floor.engine.leave(3, gone, acd.ABANDONED)
    assert floor.did() == [("left", "abandoned", "caller")]
    floor.engine.advance(10_002)
    assert floor.did() == [("left", "overflowed", "max_wait")]
    assert floor.state(stays) == "left"
    assert floor.engine.next_deadline() is None


def test_a_preferred_agent_taken_from_the_queue_lets_the_call_go() -> None:
    floor = ann_busy()
    kept(floor, 1)
    floor.engine.set_agent(ANN, order=0, levels=[], queues=[])
    floor.engine.advance(2)
    assert floor.did() == [("ring", BOB)]


def test_a_snapshot_keeps_who_waits_for_whom() -> None:
    floor = ann_busy()
    entries = [kept(floor, now) for now in (1, 2, 3)]
    floor.engine.leave(4, entries[0], acd.EXITED)
    entries.append(kept(floor, 5))  # in the slot of the first
    floor.did()
    data = floor.engine.snapshot()
    floor.engine.restore(data)
    assert floor.engine.snapshot() == data
    assert reasons(floor, entries[3])[BOB] == ("another_preferred", 20_000)
    floor.engine.pause(6, ANN)
    floor.engine.leg_removed(7, ANN)
    assert floor.did() == [("ring", BOB)]
    assert floor.engine.waiting(0) == entries[1:]


# ---- reserved agents


def test_a_reserved_agent_takes_the_call_only_when_it_has_waited_so_long() -> None:
    floor = Floor(0, relax=[(30_000, [])])
    floor.add_agent(ANN, after={0: 30_000})
    floor.did()
    entry = floor.call(1_000)
    assert floor.did() == []
    floor.engine.advance(19_000)
    assert reasons(floor, entry) == {ANN: ("reserved", 12_000)}
    floor.engine.advance(31_000)
    assert floor.did() == [("ring", ANN)]


def test_a_reserved_agent_takes_calls_of_their_own_queue_at_once() -> None:
    floor = Floor(0, relax=[(30_000, [])])
    floor.set_queue(1)
    floor.add_agent(ANN, queues=[0, 1], after={0: 30_000})
    floor.did()
    floor.call(1, queue=0)
    own = floor.call(2, queue=1)
    assert floor.did() == [("ring", ANN)]
    assert floor.state(own) == "offered"


def test_a_reserve_needs_a_step_of_the_queue_no_earlier() -> None:
    floor = Floor(0, relax=[(20_000, [])])
    floor.add_agent(ANN, after={0: 30_000})
    floor.add_agent(BOB, after={0: 10_000})
    floor.did()
    floor.call(0)
    floor.engine.advance(19_999)
    assert floor.did() == []
    floor.engine.advance(40_000)
    assert floor.did() == [("ring", BOB)]


# ---- why not, in figures


def test_a_reason_comes_with_what_belongs_to_it() -> None:
    floor = Floor(0, levels=[0, 1], retry_ms=8_000)
    floor.add_agent(ANN)
    floor.add_agent(BOB, levels=[0, 1])
    floor.add_agent(CARL, levels=[0, 1])
    floor.engine.talk_ended(0, CARL, 9_000)
    floor.did()
    entry = floor.call(1_000)
    floor.did()
    floor.released(2_000, BOB, refused=True)
    floor.engine.advance(4_000)
    assert reasons(floor, entry) == {
        ANN: ("skill_missing", 1),
        BOB: ("passed", 6_000),
        CARL: ("wrap_up", 5_000),
    }
    assert floor.engine.explain(entry + 1) == []


# ---- wrap-up that goes on


def test_wrap_up_goes_on_for_longer_and_is_never_cut_short() -> None:
    floor = ann_busy(1)
    floor.hang_up(1_000, ANN, wrap_up_ms=5_000)
    floor.engine.extend_wrap_up(2_000, ANN, 3_000)
    assert floor.engine.wrap_up_until(ANN) == 6_000
    floor.engine.extend_wrap_up(2_000, ANN, 9_000)
    floor.engine.advance(6_000)
    assert floor.standing(ANN) == "wrap_up"
    assert floor.engine.next_deadline() == 9_000
    floor.engine.advance(9_000)
    assert floor.standing(ANN) == "ready"


def test_a_wrap_up_that_is_over_stays_over() -> None:
    floor = ann_busy(1)
    floor.hang_up(1_000, ANN, wrap_up_ms=5_000)
    floor.engine.extend_wrap_up(6_000, ANN, 9_000)  # before the tick
    floor.engine.advance(6_000)
    assert floor.standing(ANN) == "ready"
    floor.engine.extend_wrap_up(7_000, ANN, 9_000)
    assert floor.standing(ANN) == "ready"


def test_the_agents_own_key_ends_a_longer_wrap_up_too() -> None:
    floor = ann_busy(1)
    floor.hang_up(1_000, ANN, wrap_up_ms=5_000)
    floor.engine.extend_wrap_up(2_000, ANN, 60_000)
    floor.engine.end_wrap_up(3_000, ANN)
    assert floor.standing(ANN) == "ready"
    assert floor.engine.next_deadline() is None


def test_an_agent_with_a_longer_wrap_up_is_idle_from_its_end() -> None:
    floor = Floor(2)
    for agent in (ANN, BOB):
        floor.engine.leg_added(1_000 + agent, agent)
        floor.hang_up(1_000 + agent, agent, wrap_up_ms=1_000)
    floor.engine.extend_wrap_up(1_500, ANN, 3_000)
    floor.engine.advance(5_000)
    floor.did()
    floor.call(6_000)
    assert floor.did() == [("ring", BOB)]


def test_an_agent_without_the_queue_has_no_call_of_it_next_even_one_kept_for_them() -> None:
    floor = ann_busy()
    kept(floor, 1)
    floor.engine.set_agent(ANN, order=0, levels=[], queues=[])
    assert floor.engine.next_entry(ANN) is None
    assert floor.engine.next_deadline() == 1


def test_a_queue_that_is_no_more_keeps_nobody_for_anybody() -> None:
    floor = Floor(1)
    entry = kept(floor, 1)
    floor.did()
    floor.answered(2, ANN)
    floor.engine.drop_queue(0, 3)
    assert floor.did() == [("bridge", ANN)]  # the grant wins
    assert floor.engine.next_deadline() == 5_002  # only the grant's
    floor.released(4, ANN)
    assert floor.did() == [("ended", ANN, "fell"), ("left", "overflowed", "empty")]
    assert floor.state(entry) == "left"
