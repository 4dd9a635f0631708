"""Which call an agent gets, and when: priority, age, skills, relaxation, reload, empty queues."""

from __future__ import annotations

from kernel.acd import engine as acd
from tests.kernel.acd.floor import ANN, BOB, CARL, Floor


def free(floor: Floor, now: int, agent: int = ANN) -> None:
    """An agent who was on a call of their own has no leg any more."""
    floor.engine.leg_removed(now, agent)


def busy(agents: int = 1, **settings: object) -> Floor:
    floor = Floor(agents, **settings)
    for agent in range(agents):
        floor.engine.leg_added(0, agent)
    floor.did()
    return floor


def rung_entry(floor: Floor) -> int:
    ((_, entry, *_),) = [one for one in floor.engine.actions() if one[0] == acd.RING]
    return entry


# ---- priority, age, several queues


def test_higher_priority_comes_first_and_then_the_older_call() -> None:
    floor = busy()
    low, high, later = floor.call(1), floor.call(2, priority=5), floor.call(3, priority=5)
    assert floor.engine.waiting(0) == [high, later, low]
    assert [floor.engine.position(entry) for entry in (high, later, low)] == [1, 2, 3]
    free(floor, 4)
    assert rung_entry(floor) == high


def test_of_several_queues_the_best_call_wins_whichever_queue_it_is_in() -> None:
    floor = busy()
    floor.set_queue(1)
    floor.engine.set_agent(ANN, order=0, levels=[], queues=[1, 0])
    floor.call(1, queue=0)
    older = floor.call(2, queue=1, priority=1)
    floor.call(3, queue=0, priority=1)
    free(floor, 4)
    assert rung_entry(floor) == older


def test_calls_of_one_millisecond_keep_their_order() -> None:
    floor = busy()
    entries = [floor.call(7) for _ in range(20)]
    assert floor.engine.waiting(0) == entries
    assert entries == sorted(entries)


def test_a_call_nobody_may_take_does_not_hold_up_those_behind_it() -> None:
    floor = busy(levels=[3], relax=[])
    floor.set_queue(1)
    floor.engine.set_agent(ANN, order=0, levels=[1], queues=[0, 1])
    floor.call(1, queue=0, priority=9)
    behind = floor.call(2, queue=1)
    free(floor, 3)
    assert rung_entry(floor) == behind


# ---- skills and relaxation


def test_every_level_must_be_reached() -> None:
    floor = Floor(0, levels=[2, 0, 1])
    floor.add_agent(ANN, levels=[2])
    floor.add_agent(BOB, levels=[2, 0, 1])
    floor.did()
    entry = floor.call(1)
    assert floor.did() == [("ring", BOB)]
    assert (ANN, acd.WHY_NOT.index("skill_missing")) in floor.engine.why_not(entry)


def test_levels_are_lowered_with_the_wait() -> None:
    floor = Floor(0, levels=[3], relax=[(10_000, [2]), (20_000, [])])
    floor.add_agent(ANN, levels=[2])
    floor.did()
    floor.call(500)
    assert floor.engine.next_deadline() == 10_500
    floor.engine.advance(10_499)
    assert floor.did() == []
    floor.engine.advance(10_500)
    assert floor.did() == [("ring", ANN)]


def test_a_call_goes_on_relaxing_while_it_is_offered() -> None:
    floor = Floor(0, levels=[2], relax=[(5_000, [1])])
    floor.add_agent(ANN, levels=[2])
    floor.add_agent(BOB, levels=[1])
    floor.did()
    floor.call(0)
    floor.engine.advance(5_000)
    assert floor.did() == [("ring", ANN)]
    floor.released(6_000, ANN, refused=True)
    assert floor.did()[-1] == ("ring", BOB)


def test_relaxing_keeps_the_order_of_age() -> None:
    floor = Floor(0, levels=[2], relax=[(5_000, [1])])
    floor.add_agent(ANN, levels=[2])
    floor.engine.leg_added(0, ANN)
    entries = [floor.call(now) for now in (0, 4_000)]
    floor.engine.advance(5_000)
    entries.append(floor.call(6_000))
    assert [floor.engine.position(entry) for entry in entries] == [1, 2, 3]
    free(floor, 7_000)
    assert rung_entry(floor) == entries[0]


# ---- nobody there


def test_who_waits_leaves_when_the_last_agent_goes() -> None:
    floor = busy(leave_when_empty=True)
    floor.call(1)
    floor.call(2)
    floor.engine.logout(3, ANN)
    assert floor.did() == []  # she is still at the phone: busy
    free(floor, 4)
    assert floor.did() == [("left", "overflowed", "empty")] * 2


def test_a_paused_agent_keeps_the_queue_staffed() -> None:
    floor = busy(leave_when_empty=True)
    floor.call(1)
    floor.engine.pause(2, ANN)
    free(floor, 3)
    assert floor.did() == []
    assert (floor.engine.staffed(0), floor.engine.ready(0)) == (1, 0)


def test_a_call_into_an_empty_queue_leaves_in_the_same_step() -> None:
    floor = Floor(0, leave_when_empty=True)
    entry = floor.call(1)
    assert floor.did() == [("left", "overflowed", "empty")]
    assert floor.state(entry) == "left"
    assert floor.engine.counts(0) == (1, 0, 0, 1, 0, 0, 0)


def test_a_call_that_comes_back_to_an_empty_queue_leaves() -> None:
    floor = Floor(1, leave_when_empty=True)
    floor.call(1)
    floor.did()
    floor.released(2, ANN, lost=True)
    assert floor.did() == [("ended", ANN, "lost"), ("left", "overflowed", "empty")]


# ---- reload


def test_a_reload_keeps_entries_and_standings_and_matches_anew() -> None:
    floor = Floor(1, levels=[1])
    first, second = floor.call(1), floor.call(2)
    floor.engine.pause(3, ANN)
    floor.set_queue(0, levels=[])
    assert floor.engine.next_deadline() == 3  # at once
    floor.engine.advance(4)
    assert floor.did() == []
    assert floor.standing(ANN) == "paused"
    floor.engine.unpause(5, ANN)
    assert floor.engine.waiting(0) == [first, second]
    assert floor.did() == [("ring", ANN)]


def test_an_agent_taken_from_the_queue_stops_ringing_for_it() -> None:
    floor = Floor(2)
    floor.call(1)
    floor.did()
    floor.engine.set_agent(ANN, order=0, levels=[], queues=[])
    floor.engine.advance(2)
    assert floor.did() == [("release", ANN, 26), ("ended", ANN, "withdrawn"), ("ring", BOB)]


def test_a_dropped_queue_gives_up_who_waits_but_not_who_is_granted() -> None:
    floor = Floor(2)
    for now in (1, 2, 3):
        floor.call(now)
    floor.did()
    floor.answered(4, ANN)
    floor.did()
    floor.engine.drop_queue(0, 5)
    assert floor.did() == [
        ("release", BOB, 26),
        ("ended", BOB, "withdrawn"),
        ("left", "overflowed", "empty"),
        ("left", "overflowed", "empty"),
    ]
    floor.bridged(6, ANN)
    assert floor.did() == [("confirmed", ANN), ("left", "answered", "answered")]
    assert floor.engine.length(0) == 0


def test_a_grant_that_falls_in_a_dropped_queue_overflows() -> None:
    floor = Floor(1)
    floor.call(1)
    floor.did()
    floor.answered(2, ANN)
    floor.engine.drop_queue(0, 3)
    floor.released(4, ANN)
    assert floor.did()[-1] == ("left", "overflowed", "empty")


def test_a_shorter_max_wait_holds_for_those_already_there() -> None:
    floor = Floor(0, max_wait_ms=60_000)
    floor.call(0)
    floor.set_queue(0, max_wait_ms=5_000)
    floor.engine.advance(4_000)
    assert floor.engine.next_deadline() == 5_000


# ---- deadlines


def test_deadlines_of_one_moment_fire_in_their_order() -> None:
    """Wrap-up ends before max_wait, so the call that is due is still taken."""
    floor = Floor(1, max_wait_ms=10_000)
    floor.engine.leg_added(0, ANN)
    entry = floor.call(1_000)
    floor.hang_up(1_000, ANN, wrap_up_ms=10_000)
    floor.engine.advance(11_000)
    assert floor.did() == [
        ("ring", ANN),
        ("release", ANN, 26),
        ("ended", ANN, "withdrawn"),
        ("left", "overflowed", "max_wait"),
    ]
    assert floor.state(entry) == "left"


def test_a_late_tick_fires_everything_in_the_order_of_time() -> None:
    floor = Floor(1, offer_ms=1_000, release_ms=500, max_wait_ms=2_000)
    floor.call(0)
    floor.did()
    floor.engine.advance(60_000)
    assert floor.did() == [
        ("release", ANN, 19),
        ("left", "overflowed", "max_wait"),
    ]
    assert floor.engine.next_deadline() == 60_500  # the leg's end is counted from our Release


# ---- explanations


def test_every_decision_about_a_call_can_be_read_afterwards() -> None:
    floor = Floor(1, levels=[1], relax=[(1_000, [])])
    entry = floor.call(10, priority=3)
    floor.engine.advance(1_010)
    floor.did()
    floor.talk(1_500, ANN)
    told = [
        (now, acd.ACTIONS[kind], agent) for now, kind, agent, _ in floor.engine.decisions(entry)
    ]
    assert told == [
        (10, "entered", -1),
        (1_010, "relaxed", -1),
        (1_010, "ring", ANN),
        (1_500, "bridge", ANN),
        (1_500, "confirmed", ANN),
        (1_500, "left", -1),
    ]
    assert floor.engine.decisions(entry)[0][3] == 3


def test_the_ring_of_decisions_forgets_the_oldest() -> None:
    floor = Floor(0)
    first = floor.call(0)
    for now in range(acd.DECISIONS_MAX):
        floor.call(now)
    assert floor.engine.decisions(first) == []


def test_why_not_names_the_first_reason_of_each_agent() -> None:
    floor = Floor(0, levels=[1])
    floor.set_queue(1)
    for agent in range(8):
        floor.add_agent(agent, levels=[int(agent != 1)], queues=[0] if agent else [1])
    floor.engine.logout(1, 2)
    floor.engine.device(1, 3, False)
    floor.engine.pause(1, 4)
    floor.engine.leg_added(1, 5)
    floor.engine.talk_ended(1, 6, 1_000)
    entry = floor.call(2)
    reasons = [(agent, acd.WHY_NOT[why]) for agent, why in floor.engine.why_not(entry)]
    assert reasons == [
        (0, "not_in_queue"),
        (1, "skill_missing"),
        (2, "logged_out"),
        (3, "unreachable"),
        (4, "paused"),
        (5, "busy"),
        (6, "wrap_up"),
        (7, "offered"),
    ]
    assert floor.engine.why_not(entry + 1) == []


def test_the_figures_of_a_queue() -> None:
    floor = Floor(3)
    assert floor.engine.longest_wait_since(0) is None
    floor.engine.pause(0, CARL)
    entries = [floor.call(now) for now in (5, 6, 7)]
    floor.did()
    floor.answered(8, ANN)
    assert floor.engine.length(0) == 3
    assert floor.engine.waiting(0) == entries[1:]
    assert floor.engine.position(entries[0]) == 0  # granted
    assert floor.engine.longest_wait_since(0) == 6
    assert (floor.engine.staffed(0), floor.engine.ready(0)) == (3, 0)
