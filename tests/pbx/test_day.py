"""Today's figures at a day's borders: midnight, restart, reload, a clock that is set."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from config.settings import Settings
from pbx.events import ClockRead, Started
from pbx.exchange import Exchange
from pbx.notes import CallClosed, QueueLeft
from pbx.state import QueueDay
from tests.pbx.sites import SITE, WALL_MS, Desk

BERLIN = 'site = { timezone = "Europe/Berlin" }\n'
ONE_AGENT = SITE.replace('queues = ["sales"]', "queues = []").replace(
    'extension = "201"\nqueues = []', 'extension = "201"\nqueues = ["sales"]'
)


def before_midnight(lead_ms: int = 10_000, toml: str = ONE_AGENT, day: str = "2026-11-30") -> Desk:
    """A desk in Berlin whose midnight, the end of `day`, is at 10 s."""
    desk = Desk(BERLIN + toml)
    at = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=ZoneInfo("Europe/Berlin"))
    midnight = datetime.fromordinal(at.toordinal() + 1).replace(tzinfo=at.tzinfo)
    desk.put(ClockRead(int(midnight.timestamp() * 1000) - lead_ms))
    return desk


def today(desk: Desk, queue: str = "sales") -> QueueDay:
    return desk.exchange.state.days[queue]


def figures(desk: Desk) -> tuple[int, int, int, int]:
    day = today(desk)
    return day.offered, day.answered, day.abandoned, day.answered_within


@pytest.mark.parametrize("day", ["2026-11-30", "2026-03-29", "2026-10-25"])
def test_today_begins_at_midnight_to_the_millisecond(day: str):
    desk = before_midnight(day=day)
    desk.talk()
    desk.tick(9_999)
    assert figures(desk) == (1, 1, 0, 1)
    assert desk.exchange.next_deadline() == 10_000
    desk.tick(10_000)
    assert figures(desk) == (0, 0, 0, 0)


def test_each_midnight_is_followed_by_the_next():
    desk = before_midnight()
    desk.tick(10_000)
    was = today(desk).day
    desk.put(None, 10_000 + 86_400_000 - 1)
    assert today(desk).day == was
    desk.put(None, 10_000 + 86_400_000)
    assert today(desk).day == was + 1


def test_who_waits_over_midnight_and_is_answered_counts_on_the_day_before():
    desk = before_midnight()
    caller, agent = desk.talk()
    waiting = desk.call("100")
    desk.tick(10_000)
    desk.now = 12_000
    desk.gone(caller)
    desk.said = desk.gone(agent, far=False)
    desk.said = desk.tick(22_000)  # the wrap-up is over
    (phone,) = desk.rung().values()
    desk.answer(phone)
    desk.bridge(waiting, phone)
    assert [note.outcome for note in desk.of(QueueLeft)] == ["answered", "answered"]
    assert figures(desk) == (0, 0, 0, 0)


@pytest.mark.parametrize("how", ["abandoned", "overflowed"])
def test_who_leaves_after_midnight_without_an_answer_counts_on_the_day_before(how: str):
    toml = ONE_AGENT.replace("max_wait_s = 300", "max_wait_s = 15\noffer_s = 60").replace(
        "offer_s = 15\n", ""
    )
    desk = before_midnight(toml=toml)
    desk.talk()
    waiting = desk.call("100")
    desk.tick(10_000)
    desk.tick(16_000) if how == "overflowed" else desk.gone(waiting)
    assert desk.of(QueueLeft)[-1].outcome == how
    assert kinds(today(desk)) == (0, 0, 0, 0)


def kinds(day: QueueDay) -> tuple[int, int, int, int]:
    return day.offered, day.answered, day.abandoned, day.overflowed


def test_a_talk_over_midnight_tells_the_new_day_how_long_calls_take():
    desk = before_midnight()
    caller, _ = desk.talk()
    desk.tick(10_000)
    desk.now = 60_000
    desk.gone(caller)
    assert figures(desk) == (0, 0, 0, 0) and today(desk).handle_ms == 70_000
    desk.tick(desk.now + 86_400_000)
    assert today(desk).handle_ms == 70_000


def test_live_figures_and_the_record_agree_on_a_visit_s_day():
    desk = before_midnight()
    desk.talk()
    waiting = desk.call("100")
    desk.tick(10_000)
    desk.now = 11_000
    desk.gone(waiting)
    late = desk.call("100")
    desk.gone(late)
    zone = ZoneInfo("Europe/Berlin")
    starts = [
        datetime.fromtimestamp(each.started_wall_ms / 1000, zone).toordinal()
        for record in desk.of(CallClosed)
        for each in record.segments
        if each.kind == "wait"
    ]
    assert starts.count(today(desk).day) == today(desk).offered == today(desk).abandoned == 1


# ---- restart, reload, a clock that is set ------------------------------------------------------


def restarted(desk: Desk, wall_ms: int) -> Desk:
    exchange = Exchange.restored(desk.exchange.snapshot())
    again = Desk(exchange=exchange)
    again.put(Started(2, wall_ms), desk.now)
    return again


def test_a_restart_within_the_day_keeps_its_figures():
    desk = before_midnight()
    desk.talk()
    again = restarted(desk, desk.exchange.state.wall(desk.now) + 5_000)
    assert figures(again) == (1, 1, 0, 1)


def test_a_restart_over_midnight_begins_anew_and_what_it_ended_is_of_the_day_before():
    desk = before_midnight()
    desk.talk()
    desk.call("100")
    again = restarted(desk, desk.exchange.state.wall(desk.now) + 3_600_000)
    assert figures(again) == (0, 0, 0, 0)
    assert again.exchange.state.calls == {}


def test_a_queue_that_a_reload_brings_counts_from_its_first_call_on():
    desk = before_midnight(lead_ms=3_600_000)
    desk.configure(
        BERLIN + ONE_AGENT + '[queue.new]\n[[route]]\nfrom = "gateway"\ncalled = "7"\n'
        'to = "queue:new"\n'
    )
    desk.call("7")
    desk.put(ClockRead(desk.exchange.state.wall(desk.now)))
    assert today(desk, "new").offered == 1


def test_a_queue_that_was_away_for_a_while_has_its_figures_of_today_again():
    desk = before_midnight(lead_ms=3_600_000)
    caller, agent = desk.talk()
    desk.gone(caller)
    desk.gone(agent, far=False)
    without = BERLIN + ONE_AGENT.replace("[queue.sales]", "[queue.other]").replace(
        '["sales"]', '["other"]'
    ).replace("queue:sales", "queue:other")
    desk.configure(without)
    desk.configure(BERLIN + ONE_AGENT)
    assert figures(desk) == (1, 1, 0, 1)
    desk.configure(without)
    desk.tick(3_600_000)
    desk.configure(BERLIN + ONE_AGENT)
    assert figures(desk) == (0, 0, 0, 0)


def test_a_reload_that_takes_a_queue_away_leaves_the_call_that_is_being_answered():
    desk = Desk(ONE_AGENT)
    caller = desk.call("100")
    (agent,) = desk.rung().values()
    desk.answer(agent)
    desk.configure(
        ONE_AGENT.replace("[queue.sales]", "[queue.other]")
        .replace('["sales"]', '["other"]')
        .replace("queue:sales", "queue:other")
    )
    desk.bridge(caller, agent)
    desk.gone(caller)
    desk.gone(agent, far=False)
    (record,) = desk.of(CallClosed)
    assert (record.outcome, record.queue, record.agent) == ("answered", "sales", "2001")
    assert figures(desk) == (1, 1, 0, 1)


def test_a_reload_that_takes_an_agent_away_leaves_its_talk():
    desk = Desk(ONE_AGENT)
    caller, agent = desk.talk()
    gone = ONE_AGENT.replace('[agent.2001]\nextension = "201"\nqueues = ["sales"]\n', "")
    desk.configure(gone)
    desk.gone(caller)
    desk.gone(agent, far=False)
    (record,) = desk.of(CallClosed)
    assert (record.outcome, record.agent) == ("answered", "2001")
    desk.configure(ONE_AGENT)
    assert desk.state("2001") in ("ready", "wrap_up")


def test_a_reload_that_takes_a_ringing_agent_away_lets_the_caller_wait_on():
    desk = Desk(ONE_AGENT)
    caller = desk.call("100")
    (agent,) = desk.rung().values()
    gone = ONE_AGENT.replace('[agent.2001]\nextension = "201"\nqueues = ["sales"]\n', "")
    desk.configure(gone)
    desk.gone(agent, 487, far=False)
    desk.configure(ONE_AGENT)
    assert desk.state("2001") == "offered"
    desk.gone(caller)


def test_a_reload_that_moves_the_site_to_another_zone_counts_by_it_at_once():
    desk = Desk()
    desk.put(ClockRead(WALL_MS))
    desk.configure('site = { timezone = "Pacific/Kiritimati" }\n' + SITE)
    zone = ZoneInfo("Pacific/Kiritimati")
    assert today(desk).day == datetime.fromtimestamp(WALL_MS / 1000, zone).toordinal()
    assert Settings().site.timezone == "UTC"


# ---- turned away -------------------------------------------------------------------------------

FULL = ONE_AGENT.replace("max_wait_s = 300", "max_length = 1\nmax_wait_s = 300")


def test_a_call_turned_away_is_offered_overflowed_and_in_the_record():
    desk = Desk(FULL)
    desk.talk()
    desk.call("100")
    desk.call("100")
    desk.gone(desk.legs << 1 | 1 | 1 << 32, 480, far=False)
    day = today(desk)
    assert (day.offered, day.overflowed, day.answered) == (3, 1, 1)
    assert day.answered_within == 1
    (record,) = desk.of(CallClosed)
    assert [(each.kind, each.queue, each.detail) for each in record.segments] == [
        ("wait", "sales", "full")
    ]
    assert record.segments[0].started_wall_ms == record.segments[0].ended_wall_ms


def test_the_queue_that_turned_a_caller_away_stands_before_the_one_it_went_to():
    more = '[queue.more]\n[queue.sales]\noverflow = "queue:more"'
    desk = Desk(FULL.replace("[queue.sales]", more))
    desk.talk()
    desk.call("100")
    last = desk.call("100")
    desk.now = 5_000
    desk.gone(last)
    (record,) = desk.of(CallClosed)
    assert [each.queue for each in record.segments if each.kind == "wait"] == ["sales", "more"]
