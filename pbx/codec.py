"""The journal's one codec: facts and records as MessagePack, and back.

    record = [number, now, epoch, body]
    body   = a fact | nil (a tick) | a mark: Snapshot, Digest, End

Facts and ticks are numbered 1, 2, 3 … through all epochs. A mark has the number of the record
that it stands behind. Every value is an array whose first item is its tag; fields are only ever
added at the end, with a default, so that each sample ever written still decodes.

Encoding raises UnicodeEncodeError for text that is not Unicode (lone surrogates): such text must
not pass the drivers. Decoding raises DecodeError for bytes that are no value of ours.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from pbx.commands import Command, Release
from pbx.events import Fact, Value

DecodeError = msgspec.DecodeError


class Snapshot(Value, frozen=True):
    """The exchange's whole state behind this record; the first record of each journal file.

    `seq` is the number of the last note that the exchange had left by then."""

    state: bytes
    seq: int
    group: str
    version: int = 1


class Digest(Value, frozen=True):
    """The exchange's digest behind this record, for the replay to be compared with."""

    digest: int


class End(Value, frozen=True):
    """The journal was closed in order; `digest` as in `Digest`."""

    digest: int


Mark = Snapshot | Digest | End


class Record(msgspec.Struct, frozen=True, array_like=True):
    """One record of the journal. `now` is the exchange's time in ms; a `body` of None is a tick."""

    number: int
    now: int
    epoch: int
    body: Fact | Snapshot | Digest | End | None = None


class Position(msgspec.Struct, frozen=True, array_like=True):
    """Where a record stands; readable whatever its body, also one of a later version."""

    number: int
    now: int


_encoder = msgspec.msgpack.Encoder()
_records = msgspec.msgpack.Decoder(Record)
_positions = msgspec.msgpack.Decoder(Position)


encode: Callable[[Value], bytes] = _encoder.encode  # a value as bytes


def digested(command: Command) -> bytes:
    """The bytes that a command counts with in a digest: its own, but a field that commands have
    got since journals are kept counts only where it says something. So a journal from before
    replays to its digest."""
    data = encode(command)
    if isinstance(command, Release) and not command.code:  # its last field, 0 in one octet
        return bytes((data[0] - 1,)) + data[1:-1]
    return data


encode_record: Callable[[Record], bytes] = _encoder.encode  # a journal record's payload


def decode_record(data: bytes | memoryview) -> Record:
    """The record of a payload. Raises DecodeError."""
    return _records.decode(data)


def decode_position(data: bytes | memoryview) -> Position:
    """Number and time of the record of a payload. Raises DecodeError."""
    return _positions.decode(data)
