"""Recorded calls of a real site: both sides in the file, rows, wishes of a client, and a kill."""

from __future__ import annotations

import array
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kernel.media import g711
from tests.peers.ends import steps
from tests.peers.ends.sipp import Sipp
from tests.peers.ends.sound import MARK, End, Sound
from tests.peers.plan import NUMBER, Plan, settled
from tests.ports import Ports
from tests.site import CallRefused, Site, until

pytestmark = pytest.mark.peer

NOTICE = '[recording]\nnotice = "digit_1"\n'  # short, and there in both languages
HOLD_MS = 4_000


class Recorded:
    """A site with one agent, and a call to it that is held for a while."""

    def __init__(self, site: Site, plan: Plan, *, callers: Sipp, agents: Sipp) -> None:
        self.site, self.plan, self.callers, self.agents = site, plan, callers, agents

    def call(self, sound: Sound, *, hold_ms: int = HOLD_MS) -> None:
        """Begin the call; returns when both hear each other."""
        self.sound = sound
        self.agents.with_fields(str(end.port) for end in sound.agents)
        self.agents.answer(
            steps.invited(), steps.accept("[field0]"), steps.acknowledged(), steps.released()
        )
        self.callers.with_fields(str(end.port) for end in sound.callers)
        self.callers.call(
            steps.invite("[field0]"), steps.answered(), steps.acknowledge(), steps.pause(hold_ms),
            steps.hang_up(), to=self.plan.address, number=NUMBER, calls=1,
        )  # fmt: skip
        until(lambda: bool(sound.pairs()), what="caller and agent hear each other")

    def goes_on(self, *, packets: int) -> None:
        """Until the agent has heard so much more, 50 a second."""
        [agent] = self.sound.agents
        before = agent.packets
        until(lambda: agent.packets >= before + packets)

    def id(self) -> str:
        """The running call."""
        [row] = self.site.ctl("call.list")
        return str(row["call"])

    def listed(self) -> dict[str, Any]:
        """The one recording, once it is complete."""
        until(lambda: [row["state"] for row in self.site.rows("recordings")] == ["kept"])
        [row] = self.site.ctl("recording.list", queue="sales", agent="2201")
        return dict(row)

    def file(self, row: dict[str, Any]) -> Path:
        return self.site.data / "recordings" / row["path"]


@pytest.fixture
def recorded(
    serve: Callable[[str], Site], plan: Plan, sipp: Callable[..., Sipp], free_ports: Ports
) -> Callable[[str], Recorded]:
    def make(record: str) -> Recorded:
        port = free_ports.one()
        site = serve(plan.fixed(port, "201").toml(record=record) + NOTICE)
        callers = sipp(plan.gateway_port, gateway=True)
        return Recorded(site, plan, callers=callers, agents=sipp(port))

    return make


def heard_s(path: Path) -> tuple[dict[int, float], dict[int, float]]:
    """Left and right: for how many seconds each sample was heard, without silence."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 8_000)
        sound = array.array("h", file.readframes(file.getnframes()))
    left, right = sound[0::2], sound[1::2]
    return seconds_of(left), seconds_of(right)


def seconds_of(side: array.array[int]) -> dict[int, float]:
    return {sample: side.count(sample) / 8_000 for sample in set(side) if sample}


def mark_of(end: End) -> set[int]:
    """The samples that an end's mark is heard as."""
    linear = array.array("h", bytes(2 * MARK.size))
    g711.decode_ulaw(MARK.pack(end.mark), linear)
    return set(linear)


def test_the_caller_is_on_the_left_and_the_agent_on_the_right(
    recorded: Callable[[str], Recorded],
) -> None:
    talk = recorded("always")
    with Sound(callers=1, agents=1) as sound:
        talk.call(sound)
        talk.callers.succeeds(30)
        caller, agent = mark_of(sound.callers[0]), mark_of(sound.agents[0])
    [call] = settled(talk.site, 1)
    row = talk.listed()
    assert (row["call"], row["path"]) == (call["id"], call["recording"])
    assert row["path"] == f"{time.strftime('%Y/%m/%d')}/{call['id']}.wav"
    left, right = heard_s(talk.file(row))
    assert (set(left), set(right)) == (caller, agent)
    assert sum(left.values()) == pytest.approx(call["talk_s"], abs=0.3)
    assert sum(right.values()) == pytest.approx(call["talk_s"], abs=0.3)
    assert row["seconds"] == pytest.approx(call["talk_s"], abs=0.3)
    assert row["bytes"] == talk.file(row).stat().st_size


def test_a_client_starts_pauses_and_ends_a_recording(recorded: Callable[[str], Recorded]) -> None:
    talk = recorded("on_demand")
    with Sound(callers=1, agents=1) as sound:
        talk.call(sound)
        call = talk.id()
        with pytest.raises(CallRefused):
            talk.site.ctl("call.record", call=call, action="pause")
        assert talk.site.rows("recordings") == []
        for action in ("start", "pause", "resume", "stop"):
            assert talk.site.ctl("call.record", call=call, action=action) == {"done": True}
            talk.goes_on(packets=25)
        talk.callers.succeeds(30)
    settled(talk.site, 1)
    row = talk.listed()
    left, _ = heard_s(talk.file(row))
    assert 0.5 <= row["seconds"] <= HOLD_MS / 1000
    assert sum(left.values()) <= row["seconds"] - 0.4


def test_after_a_kill_the_recording_is_there_and_has_its_row(
    recorded: Callable[[str], Recorded],
) -> None:
    talk = recorded("always")
    with Sound(callers=1, agents=1) as sound:
        talk.call(sound, hold_ms=60_000)
        talk.goes_on(packets=100)
        talk.site.kill()
    talk.site.start()
    row = talk.listed()
    assert row["seconds"] >= 1.0
    left, right = heard_s(talk.file(row))
    assert sum(left.values()) == pytest.approx(row["seconds"], abs=0.3)
    assert sum(right.values()) == pytest.approx(row["seconds"], abs=0.3)
    assert talk.site.rows("calls")[0]["recording"] == row["path"]
