"""The exchange's memory as bytes: what went in comes out, earlier releases' too."""

from __future__ import annotations

import base64
import json
import zlib

import msgspec
import pytest

from pbx import saved
from pbx.events import Fact
from pbx.exchange import Exchange
from pbx.recording import RecordingState
from pbx.state import State
from tests.pbx.sites import Desk
from tests.shared import ROOT

# An exchange of version 1 amid its calls: one is recorded, one's recording is paused, a group rings
# in turn, a phone has diverted its call, one of two phones was busy, a trunk is tried, a notice is
# heard. The story is what became of each, and what the release of that day said to it.
SAMPLE = json.loads((ROOT / "tests/pbx/samples/state_v1.json").read_text())
OLD = zlib.decompress(base64.b85decode(SAMPLE["snapshot"]))


def test_calls_of_version_1_go_on_as_they_would_have() -> None:
    desk = Desk(exchange=Exchange.restored(OLD))
    said = []
    for now, fact in SAMPLE["story"]:
        value = msgspec.msgpack.decode(bytes.fromhex(fact), type=Fact) if fact else None
        said.append([repr(command) for command in desk.put(value, now)])
    assert said == SAMPLE["said"]
    assert desk.exchange.digest() == SAMPLE["digest"]


def test_each_field_of_version_1_has_found_its_place() -> None:
    state, _ = saved.load(OLD)
    calls = list(state.calls.values())
    assert [call.recording.state for call in calls[:3]] == [
        RecordingState.ON, RecordingState.PAUSED, RecordingState.NONE,
    ]  # fmt: skip
    assert [call.recording.is_past_notice for call in calls[:3]] == [True, True, False]
    assert calls[0].recording.file.endswith(".wav")
    in_turn, diverted, one_busy, out, _ = [call.hunt for call in calls[2:]]
    assert (in_turn.group, in_turn.members) == ("line", ["205"])
    assert diverted.diverted == ["300"] and [to for _, to in diverted.diverts] == ["95551", "204"]
    assert (one_busy.refused_code, one_busy.refused_cause, len(one_busy.legs)) == (486, 17, 1)
    assert (out.trunks, out.number) == (["second"], "5559876")


def test_a_state_comes_back() -> None:
    state, _ = saved.load(OLD)
    assert saved.load(saved.save(state, b"engine")) == (state, b"engine")


def test_a_later_version_is_refused_by_its_number() -> None:
    data = msgspec.msgpack.encode((saved.VERSION + 1, State(), b"", "more"))
    with pytest.raises(ValueError, match=f"version {saved.VERSION + 1}; this is {saved.VERSION}"):
        saved.load(data)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "truncated"),
        (b"\xc1", "malformed"),
        (msgspec.msgpack.encode([saved.VERSION, 7, b""]), "Expected `object`"),
    ],
)
def test_other_bytes_are_a_value_error(data: bytes, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        saved.load(data)
