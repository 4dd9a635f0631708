"""The codec: what was ever written still decodes, and nothing else does."""

from __future__ import annotations

import contextlib
import functools
import json
import operator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx import codec, events, notes
from pbx.commands import Bridge, Release
from tests.pbx.samples.add_samples import SAMPLES, a_value, as_json, kinds

OLD_SAMPLES: list[dict[str, Any]] = json.loads(Path(SAMPLES).read_text())
ANY = msgspec.msgpack.Decoder(functools.reduce(operator.or_, kinds()))


@pytest.mark.parametrize("sample", OLD_SAMPLES, ids=lambda sample: sample["tag"])
def test_a_sample_of_every_version_still_decodes(sample: dict[str, Any]) -> None:
    value = ANY.decode(bytes.fromhex(sample["bytes"]))
    assert type(value).__name__ == sample["tag"]
    fields = {name: as_json(getattr(value, name)) for name in sample["fields"]}
    assert fields == sample["fields"]


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_every_value_has_a_sample_and_comes_back_equal(kind: type[events.Value]) -> None:
    hint = "run python -m tests.pbx.samples.add_samples"
    assert kind.__name__ in {sample["tag"] for sample in OLD_SAMPLES}, hint
    value = a_value(kind)
    assert ANY.decode(codec.encode(value)) == value


def test_a_note_is_no_fact() -> None:
    record = msgspec.msgpack.encode([3, 1_000, 2, notes.DeviceChanged("201", True, 1)])
    with pytest.raises(codec.DecodeError):
        codec.decode_record(record)


@pytest.mark.parametrize("body", [None, events.Drained(), codec.Digest((1 << 64) - 1)])
def test_a_record_comes_back(body: Any) -> None:
    record = codec.Record(3, 1_000, 2, body)
    data = codec.encode_record(record)
    assert codec.decode_record(data) == record
    assert codec.decode_position(data) == codec.Position(3, 1_000)


def test_a_record_of_a_later_version_still_tells_where_it_stands() -> None:
    data = msgspec.msgpack.encode([3, 1_000, 2, ["NotYetInvented", 1], "more"])
    assert codec.decode_position(data) == codec.Position(3, 1_000)
    with pytest.raises(codec.DecodeError):
        codec.decode_record(data)


def test_a_value_with_more_fields_than_ours_decodes() -> None:
    data = msgspec.msgpack.encode([3, 1_000, 2, ["Held", 7, "a field of a later version"]])
    assert codec.decode_record(data).body == events.Held(7)


def test_text_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        codec.encode(events.DeviceLost("\ud800"))


@given(st.binary(max_size=200))
def test_any_bytes_decode_or_raise_decode_error(data: bytes) -> None:
    with contextlib.suppress(codec.DecodeError):
        codec.decode_record(data)


def test_a_field_that_came_later_counts_in_a_digest_only_where_it_says_something() -> None:
    plain, told = Release(7, 16), Release(7, 16, code=486)
    assert msgspec.msgpack.decode(codec.digested(plain)) == ["Release", 7, 16, False]
    assert codec.digested(told) == codec.encode(told)
    assert codec.digested(Bridge(7, 8)) == codec.encode(Bridge(7, 8))
