"""A recorded call of ten minutes in real time, with a hold and a transfer in it: nothing is missing
and its sides stay aligned.

    s      0             200    230             400                600
    left   |--- ticks ---|      |--- ticks -----| |--- ticks ------|   the caller
    right  |--- ticks ---|      |--- ticks -----| |--- ticks ------|   the agent, then a third
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from tests.peers.ends import refer_steps, steps
from tests.peers.ends.baresip import Baresip
from tests.peers.ends.sipp import Sipp
from tests.peers.ends.sound import Sound
from tests.peers.ends.ticks import (
    FRAME,
    MS,
    RATE_HZ,
    Stretch,
    TickingEnd,
    sides,
    stretches,
    write_ticks,
)
from tests.peers.plan import NUMBER, Plan, settled, states
from tests.ports import Ports
from tests.site import Site, until

pytestmark = [pytest.mark.peer, pytest.mark.long, pytest.mark.timeout(900)]

HOLD_S, RESUME_S, TRANSFER_S, END_S = 200, 230, 400, 600
RING_S = 2  # the third phone rings so long
FILE_S = 780  # a phone hangs up when its file ends
NOTICE = '[recording]\nnotice = "digit_1"\n'  # short, and there in both languages
ACCOUNT = "auth_pass=correct-horse;regint=60;audio_codecs=PCMA/8000/1;answermode={mode}"
INSIDE = f"""
[[route]]
from = "extensions"
called = "{NUMBER}"
to = "queue:sales"
[extension.210]
password = "correct-horse"
digest = ["md5"]
[extension.211]
password = "correct-horse"
digest = ["md5"]
"""
Serve = Callable[[str], Site]


@dataclasses.dataclass(frozen=True)
class Taken:
    """A recording that is complete, and what stands of its call in the record."""

    call: dict[str, Any]
    row: dict[str, Any]
    segments: list[dict[str, Any]]
    left: list[Stretch]
    right: list[Stretch]
    samples: int

    def lasted(self, kind: str) -> list[float]:
        return [row["ended"] - row["started"] for row in self.segments if row["kind"] == kind]

    def talk_s(self) -> float:
        """From the first word to the last, by the segments."""
        talks = [row for row in self.segments if row["kind"] == "talk"]
        return float(talks[-1]["ended"] - talks[0]["started"])


def taken(site: Site) -> Taken:
    """The one call of a site, once it is over and its recording complete."""
    (call,) = settled(site, 1)
    until(lambda: [row["state"] for row in site.rows("recordings")] == ["kept"])
    (row,) = site.rows("recordings")
    segments = sorted(site.rows("segments"), key=lambda each: int(each["n"]))
    left, right = sides(site.data / "recordings" / row["path"])
    return Taken(call, row, segments, stretches(left), stretches(right), len(left))


def ppm(stretch: Stretch) -> float:
    """How much slower than the recording's clock a side ticks: parts in a million."""
    slope = np.polyfit(stretch.starts, stretch.zeros, 1)[0]
    return float(1e6 * slope)


def ms(samples: Any) -> float:
    return round(float(samples) / MS, 3)


def figures(it: Taken) -> str:
    """What was measured, for whoever runs this."""
    lines = [
        f"recorded {it.samples / RATE_HZ:.4f} s, row {it.row['seconds']:.4f} s, "
        f"segments {it.talk_s():.4f} s, talk_s {it.call['talk_s']:.4f} s, "
        f"hold_s {it.call['hold_s']:.4f} s, ring {it.lasted('ring')}"
    ]
    for name, side in (("left", it.left), ("right", it.right)):
        for each in side:
            zeros = each.zeros
            lines.append(
                f"{name} {each.first / RATE_HZ:.4f}..{each.last / RATE_HZ:.4f} s: "
                f"ticks {each.numbers[0]}..{each.numbers[-1]} ({len(each.numbers)}), "
                f"missing {ms(each.missing)} ms, tick 0 at {ms(zeros[0])}, last says "
                f"{ms(zeros[-1])}, spread {ms(np.ptp(zeros))} ms, {ppm(each):+.2f} ppm"
            )
    return "\n".join(lines)


def check_complete(it: Taken) -> None:
    """The file is as long as the talk; each stretch has all its ticks; hold is silence."""
    assert it.samples / RATE_HZ == pytest.approx(it.row["seconds"], abs=0.0001)
    assert it.samples / RATE_HZ == pytest.approx(it.talk_s(), abs=0.02)
    kinds = [row["kind"] for row in it.segments if row["kind"] not in ("wrap_up", "announce")]
    assert kinds == ["wait", "ring", "talk", "hold", "ring", "talk"]
    assert it.call["recording"] == it.row["path"]
    for side in (it.left, it.right):
        assert len(side) == 3
        assert [each.lacks() for each in side] == ["", "", ""]
        assert sum(each.missing for each in side) <= FRAME
        silences = [(b.first - a.last) / RATE_HZ for a, b in pairwise(side)]
        assert silences == pytest.approx([*it.lasted("hold"), it.lasted("ring")[-1]], abs=0.1)


# ---- phones ------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Office:
    """A caller, an agent and a third phone, all of them real, which say nothing but ticks."""

    site: Site
    address: str
    caller: Baresip
    agent: Baresip
    third: Baresip

    def reaches(self, seconds: float) -> None:
        """Wait until so much is recorded."""
        until(lambda: self.recorded_s() >= seconds, timeout_s=300, what=f"{seconds} s recorded")

    def recorded_s(self) -> float:
        files = list((self.site.data / "recordings").rglob("*.wav"))
        return max((path.stat().st_size - 44) / 4 / RATE_HZ for path in files) if files else 0.0

    def call(self) -> None:
        """The whole call."""
        self.caller.command("dial", f"sip:{NUMBER}@{self.address}")
        self.agent.await_event("CALL_ESTABLISHED")
        self.reaches(HOLD_S)
        self.agent.command("hold")
        self.reaches(RESUME_S)
        self.agent.command("resume")
        self.reaches(TRANSFER_S)
        self.agent.command("transfer", f"sip:211@{self.address}")
        self.third.await_event("CALL_INCOMING")
        self.reaches(TRANSFER_S + RING_S)
        self.third.command("accept")
        self.third.await_event("CALL_ESTABLISHED")
        until(lambda: states(self.site)["2201"] == "ready", what="the agent is free again")
        self.reaches(END_S)
        self.caller.command("hangup")


@pytest.fixture
def office(serve: Serve, plan: Plan, baresip: Callable[..., Baresip]) -> Office:
    site = serve(plan.registered("201").toml(record="always") + NOTICE + INSIDE)
    caller, agent, third = (baresip(number, tone_hz=440) for number in ("210", "201", "211"))
    for phone in (caller, agent, third):
        write_ticks(phone.folder / "tone.wav", FILE_S)
        phone.start(ACCOUNT.format(mode="manual" if phone is third else "auto"))
    until(lambda: states(site).get("2201") == "ready", what="the agent is ready")
    return Office(site, plan.address, caller, agent, third)


def test_ten_minutes_of_real_phones_are_complete_and_neither_side_drifts(office: Office) -> None:
    office.call()
    it = taken(office.site)
    print(figures(it))
    check_complete(it)
    for side in (it.left, it.right):
        assert max(np.ptp(each.zeros) for each in side) <= FRAME
    assert np.ptp(np.concatenate([each.zeros for each in it.left])) <= FRAME  # one phone, one file


# ---- ends of one clock -------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Desks:
    """As `Office`, by sipp; the sound of all three ends is ours, paced by one clock."""

    site: Site
    plan: Plan
    callers: Sipp
    first: Sipp
    second: Sipp

    def call(self, sound: Sound) -> None:
        """The whole call."""
        (caller,), (first, second) = sound.callers, sound.agents
        self.second.answer(
            steps.invited(), steps.provisional(), steps.pause(RING_S * 1000),
            steps.accept(str(second.port)), steps.acknowledged(), steps.released(),
        )  # fmt: skip
        self.first.answer(
            steps.invited(), steps.provisional(), steps.accept(str(first.port)),
            refer_steps.remember(), *self._led_on(str(first.port)), steps.released(),
        )  # fmt: skip
        self.callers.call(
            steps.invite(str(caller.port)), steps.answered(), steps.acknowledge(),
            steps.pause(END_S * 1000), steps.hang_up(), to=self.plan.address, number=NUMBER,
        )  # fmt: skip
        self.callers.succeeds(END_S + 60)

    def _led_on(self, media: str) -> tuple[str, ...]:
        """Hold, resume and transfer by the agent at 201."""
        back = (refer_steps.ask("INVITE", 6, body=steps.sdp(media)), steps.receive(200))
        return (
            steps.pause(HOLD_S * 1000), refer_steps.hold(media),
            steps.pause((RESUME_S - HOLD_S) * 1000), *back, refer_steps.ask("ACK", 6),
            steps.pause((TRANSFER_S - RESUME_S) * 1000), refer_steps.refer("202"),
            refer_steps.notified(100), refer_steps.notified(180), refer_steps.notified(200),
        )  # fmt: skip


@pytest.fixture
def desks(serve: Serve, plan: Plan, sipp: Callable[..., Sipp], free_ports: Ports) -> Desks:
    ports = free_ports.one(), free_ports.one()
    plan.fixed(ports[0], "201").fixed(ports[1], "202")
    site = serve(plan.toml(record="always") + NOTICE)
    site.ctl("agent.pause", agent="2202", reason="led to only")
    callers = sipp(plan.gateway_port, gateway=True)
    return Desks(site, plan, callers, *(sipp(port) for port in ports))


def test_what_is_said_at_the_same_moment_lies_side_by_side_for_ten_minutes(desks: Desks) -> None:
    with Sound(callers=1, agents=2, kind=TickingEnd) as sound:
        desks.call(sound)
    desks.site.ctl("agent.unpause", agent="2202")
    it = taken(desks.site)
    print(figures(it))
    check_complete(it)
    for left, right in zip(it.left, it.right, strict=True):
        said = dict(zip(left.numbers, left.starts, strict=True))
        heard = dict(zip(right.numbers, right.starts, strict=True))
        both = said.keys() & heard.keys()
        apart = [abs(said[number] - heard[number]) for number in both]
        print(f"{len(both)} ticks of both sides: at most {ms(max(apart))} ms apart")
        assert len(both) >= len(left.numbers) - 1
        assert max(apart) <= FRAME
    every = [each.zeros for each in (*it.left, *it.right)]
    print(f"all ticks of both sides by one clock: spread {ms(np.ptp(np.concatenate(every)))} ms")
    assert np.ptp(np.concatenate(every)) <= FRAME
