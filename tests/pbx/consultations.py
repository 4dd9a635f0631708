"""A desk with a customer on hold and a second call: what the tests of attended transfers share."""

from __future__ import annotations

from pbx.commands import Command, Release, TransferResult
from pbx.events import Held
from pbx.notes import CallClosed, Note
from pbx.service.record.asterisk_log import queue_lines
from tests.pbx.sites import SITE, Desk

SUPPORT = """
[queue.support]
wrap_up_s = 20
offer_s = 60
pause_after_misses = 0
[agent.2030]
extension = "300"
queues = ["support"]
[[route]]
from = "extensions"
called = "500"
to = "queue:support"
[[route]]
from = "gateway"
called = "7"
to = "extension:201"
[group.all]
members = ["202", "300"]
[[route]]
from = "extensions"
called = "600"
to = "group:all"
"""
TOML = SITE.replace("wrap_up_s = 10", "wrap_up_s = 10\nretry_s = 1") + SUPPORT


def results(commands: list[Command]) -> list[tuple[int, int]]:
    return [(each.leg, each.code) for each in commands if isinstance(each, TransferResult)]


def released(commands: list[Command]) -> set[int]:
    return {each.leg for each in commands if isinstance(each, Release)}


def direct(desk: Desk) -> tuple[int, int]:
    """A customer in talk with extension 201, who holds him: customer's leg, 201's leg."""
    customer = desk.call("7")
    desk_leg = desk.rung()["201"]
    desk.answer(desk_leg)
    desk.bridge(customer, desk_leg)
    desk.now += 5_000
    desk.put(Held(desk_leg))
    return customer, desk_leg


def consult(desk: Desk, number: str, *, answered: bool) -> tuple[int, int]:
    """201 calls somebody else meanwhile: its second leg, and the leg that rings (or talks)."""
    second = desk.call(number, "extension:201", calling="201")
    rings = desk.rung()["300"]
    if answered:
        desk.answer(rings)
        desk.bridge(second, rings)
        desk.now += 1_000
    return second, rings


def shape(record: CallClosed) -> list[tuple[str, str, str, int]]:
    return [
        (each.kind, each.queue, each.agent, (each.ended_wall_ms - each.started_wall_ms) // 1000)
        for each in record.segments
    ]


def lines(desk: Desk) -> list[list[str]]:
    """queue_log of the calls, without the times."""
    notes: list[Note] = desk.notes
    every = [line.split("|")[1:] for each in notes for line in queue_lines(each).splitlines()]
    return [line for line in every if line[0] != "NONE"]
