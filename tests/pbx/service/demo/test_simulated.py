"""The demo's telephones and people, against telephones that stand for the exchange."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from pbx.events import Alerting, Answered, CallArrived, Fact, Held, Released, Retrieved
from pbx.service.demo.believable_day import Habits
from pbx.service.demo.simulated import Cast, People
from pbx.service.demo.soft_phones import BUSY, SoftPhones
from tests.ports import Ports
from tests.shared import ROOT
from tests.waiting import soon

HOST, PEOPLE = "127.0.0.1", "127.0.0.2"
FAST = Habits(seed=1, rate=3600, speed=30)

T = TypeVar("T")


class Exchange:
    """Telephones that stand for the exchange, and what they were told."""

    def __init__(self, place: str, far: str, ports: tuple[int, int]) -> None:
        self.facts: list[Fact] = []
        self.phones = SoftPhones(far, places=[place], ports=ports, on_fact=self.facts.append)

    def told(self, kind: type[T], leg: int = 0) -> list[T]:
        """The facts of a kind, of one leg if it is named."""
        found = [fact for fact in self.facts if isinstance(fact, kind)]
        return [fact for fact in found if leg in (0, getattr(fact, "leg", 0))]

    def packets(self, leg: int) -> int:
        figures = self.phones.media.figures(leg)
        return figures.packets_in if figures is not None else 0


@asynccontextmanager
async def two_ends() -> AsyncIterator[tuple[Exchange, Exchange]]:
    """Two sets of telephones, each the other's exchange."""
    ports = Ports()
    here, there = f"{HOST}:{ports.one()}", f"{PEOPLE}:{ports.one()}"
    ends = Exchange(here, there, ports.block(40)), Exchange(there, here, ports.block(40))
    for end in ends:
        await end.phones.open()
    try:
        yield ends
    finally:
        for end in ends:
            end.phones.close()


def test_a_call_rings_is_answered_heard_held_and_ended() -> None:
    async def scenario() -> None:
        async with two_ends() as (one, other):
            leg = one.phones.call("201", "5551000", name="周明")
            arrived = (await soon(lambda: other.told(CallArrived)))[0]
            assert (arrived.calling, arrived.called, arrived.name) == ("5551000", "201", "周明")
            other.phones.alert(arrived.leg)
            await soon(lambda: one.told(Alerting, leg))
            other.phones.answer(arrived.leg)
            await soon(lambda: one.told(Answered, leg))
            one.phones.speak(leg, 3, listens_first=False)
            other.phones.wait(arrived.leg)
            await soon(lambda: one.packets(leg) > 5 and other.packets(arrived.leg) > 5)
            other.phones.hold(arrived.leg, is_held=True)
            await soon(lambda: one.told(Held, leg))
            other.phones.hold(arrived.leg, is_held=False)
            await soon(lambda: one.told(Retrieved, leg))
            one.phones.hang_up(leg)
            await soon(lambda: one.told(Released, leg) and other.told(Released, arrived.leg))
            assert not one.phones.agent.legs and not other.phones.agent.legs

    asyncio.run(scenario())


def test_a_refusal_is_told_with_its_cause() -> None:
    async def scenario() -> None:
        async with two_ends() as (one, other):
            leg = one.phones.call("201", "5551000")
            arrived = (await soon(lambda: other.told(CallArrived)))[0]
            other.phones.hang_up(arrived.leg, BUSY)
            (released,) = await soon(lambda: one.told(Released, leg))
            assert (released.cause, released.code) == (BUSY, 486)

    asyncio.run(scenario())


def test_what_is_done_to_a_leg_that_has_gone_is_no_error() -> None:
    async def scenario() -> None:
        async with two_ends() as (one, _):
            one.phones.hold(7, is_held=True)
            one.phones.pass_on(7, "200")
            one.phones.press(7, "1")
            one.phones.speak(7, 0, listens_first=False)
            one.phones.wait(7)
            one.phones.hang_up(7)
            await asyncio.sleep(0)
            assert one.facts == []

    asyncio.run(scenario())


@asynccontextmanager
async def a_day(habits: Habits = FAST) -> AsyncIterator[tuple[Exchange, People]]:
    """People who call, and telephones that stand for the exchange."""
    ports = Ports()
    exchange, gateway, desks = (
        f"{HOST}:{ports.one()}", f"{PEOPLE}:{ports.one()}", f"{PEOPLE}:{ports.one()}",
    )  # fmt: skip
    far = Exchange(exchange, gateway, ports.block(200))
    await far.phones.open()
    people = People(
        Cast(exchange, (gateway, desks), ports.block(200), ("200", "201"), habits, "200")
    )
    await people.open()
    try:
        yield far, people
    finally:
        await people.close()
        far.phones.close()


def test_a_caller_whom_nobody_talks_to_gives_up() -> None:
    async def scenario() -> None:
        async with a_day() as (exchange, _):
            arrived = (await soon(lambda: exchange.told(CallArrived)))[0]
            assert arrived.called in ("4000", "4001", "4002")
            exchange.phones.answer(arrived.leg)
            (released,) = await soon(lambda: exchange.told(Released, arrived.leg), 30)
            assert released.far

    asyncio.run(scenario())


def test_a_desk_that_rings_talks_with_its_caller_and_one_of_them_hangs_up() -> None:
    async def scenario() -> None:
        async with a_day() as (exchange, _):
            arrived = (await soon(lambda: exchange.told(CallArrived)))[0]
            exchange.phones.answer(arrived.leg)
            leg = exchange.phones.call("201", arrived.calling)
            await soon(lambda: exchange.told(Alerting, leg) and exchange.told(Answered, leg))
            await soon(lambda: exchange.packets(leg) > 3 and exchange.packets(arrived.leg) > 3)
            ends = (leg, arrived.leg)
            await soon(lambda: any(exchange.told(Released, each) for each in ends), 30)

    asyncio.run(scenario())


def test_whoever_is_not_of_the_day_is_talked_with_for_a_while() -> None:
    async def scenario() -> None:
        async with a_day() as (exchange, _):
            leg = exchange.phones.call("5557000", "299")  # somebody outside, by the gateway
            await soon(lambda: exchange.told(Answered, leg))
            await soon(lambda: exchange.packets(leg) > 3)
            await soon(lambda: exchange.told(Released, leg), 20)

    asyncio.run(scenario())


def test_the_reception_calls_out_now_and_then() -> None:
    async def scenario() -> None:
        async with a_day() as (exchange, _):
            arrived = await soon(
                lambda: [each for each in exchange.told(CallArrived) if each.calling == "200"]
            )
            assert arrived[0].called.startswith("9021")
            exchange.phones.answer(arrived[0].leg)
            await soon(lambda: exchange.packets(arrived[0].leg) > 3)

    asyncio.run(scenario())


def test_at_the_end_all_hang_up() -> None:
    async def scenario() -> None:
        async with a_day() as (exchange, people):
            arrived = await soon(lambda: exchange.told(CallArrived)[:3])
            for each in arrived:
                exchange.phones.answer(each.leg)
            await people.close()
            await soon(lambda: not exchange.phones.agent.legs)

    asyncio.run(scenario())


def a_cast(folder: Path, ports: Ports) -> Path:
    places = f"{PEOPLE}:{ports.one()}", f"127.0.0.3:{ports.one()}"
    cast = Cast(f"{HOST}:{ports.one()}", places, ports.block(40), ("201",), Habits())
    file = folder / "cast.json"
    file.write_bytes(msgspec.json.encode(cast))
    return file


def test_the_process_says_ready_and_ends_when_told(tmp_path: Path) -> None:
    file = a_cast(tmp_path, Ports())
    command = [sys.executable, "-m", "pbx.service.demo.simulated", str(file)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


@pytest.mark.parametrize("text", [None, "", "{}", '{"exchange": 1}'])
def test_a_file_that_is_no_cast_is_refused(tmp_path: Path, text: str | None) -> None:
    words = []
    if text is not None:
        (tmp_path / "cast.json").write_text(text)
        words = [str(tmp_path / "cast.json")]
    done = subprocess.run(
        [sys.executable, "-m", "pbx.service.demo.simulated", *words], cwd=ROOT, capture_output=True,
        text=True, timeout=20, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("pbx.service.demo.simulated FILE: ")
