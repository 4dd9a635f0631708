"""From the journal back to the exchange: a restart's recovery, and the replay of a day.

Both feed the same records through the same door. A replay compares the digest with the recorded
ones and finds the first record from which the two differ. Commands have been summed up whole, and
as `pbx.codec.digested` says: a replay keeps both sums, and a digest is right by either.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from pbx.codec import DecodeError, Digest, End, Record, Snapshot, encode
from pbx.commands import Command
from pbx.events import Fact
from pbx.exchange import Exchange
from pbx.notes import Note
from pbx.service.journal import reader as journal_files

NoteTaker = Callable[[int, Note], object]


class ReplayError(Exception):
    """A journal that cannot be replayed: the text says which record and why."""


class Replayed(msgspec.Struct):
    """What a replay came to. `differs_at` is the first record whose digest is another, or 0."""

    facts: int = 0
    digests: int = 0
    digest: int = 0
    differs_at: int = 0
    first: int = 0
    last: int = 0
    ended: bool = False


class Feeder:
    """Feeds records to an exchange, in order; numbers the notes as the first time."""

    def __init__(self, on_note: NoteTaker = lambda seq, note: None) -> None:
        self.exchange: Exchange | None = None
        self.seq = 0
        self.number = 0
        self.now = 0
        self.faults: list[str] = []
        self.whole = 0  # the sum over whole commands
        self._on_note = on_note

    def feed(self, record: Record) -> None:
        """Take one record. Raises ReplayError for one that cannot follow."""
        body = record.body
        if isinstance(body, Snapshot):
            self._snapshot(record, body)
        elif not isinstance(body, Digest | End):
            self._fact(record, body)
        self.number, self.now = record.number, record.now

    def _snapshot(self, record: Record, body: Snapshot) -> None:
        """Begin with it, or begin again behind a gap; else it is what we have already."""
        try:
            restored = Exchange.restored(body.state)
        except (ValueError, DecodeError) as error:
            raise ReplayError(
                f"record {record.number}: its snapshot is unusable: {error}"
            ) from None
        if self.exchange is None or record.number != self.number:
            self.exchange, self.seq = restored, body.seq
            self.whole = restored.state.digest
        else:
            self._agree(restored.state.digest)

    def agrees(self, digest: int) -> bool:
        """Whether a recorded digest is right; from there on both sums are as it was made."""
        assert self.exchange is not None
        for told in (self.exchange.state.digest, self.whole):
            if digest == self.exchange.digest(told):
                self._agree(told)
                return True
        return False

    def _agree(self, told: int) -> None:
        """Both sums go on from the one that was recorded, if it is one of them."""
        assert self.exchange is not None
        if told in (self.exchange.state.digest, self.whole):
            self.exchange.state.digest = self.whole = told

    def _fact(self, record: Record, fact: Fact | None) -> None:
        if self.exchange is None:
            raise ReplayError(f"record {record.number} comes before any snapshot")
        commands, fault = safely(self.exchange, fact, record.now)
        if fault:
            self.faults.append(f"record {record.number}: {fault}")
        else:
            for command in commands:
                self.whole = zlib.crc32(encode(command), self.whole)
        for note in self.exchange.take_notes():
            self.seq += 1
            self._on_note(self.seq, note)


def safely(
    exchange: Exchange, fact: Fact | None, now: int
) -> tuple[list[Command], BaseException | None]:
    """Handle a fact (None: a tick). A fault of ours leaves what was decided until it came.

    The daemon then clears the call by a fact of its own; so a replay passes the same way.
    """
    try:
        return (exchange.tick(now) if fact is None else exchange.handle(fact, now)), None
    except Exception as fault:  # the one place: a bug must cost one call, not the exchange
        return exchange.turn.take(), fault


def replay(source: Path) -> Replayed:
    """Feed a journal (folder or file) through a new exchange and compare every digest.

    Raises ReplayError or `journal_files.JournalDamaged`, with the place."""
    feeder, result = Feeder(), Replayed()
    for record in journal_files.read(source):
        feeder.feed(record)
        result.first = result.first or record.number
        result.last = record.number
        body = record.body
        if isinstance(body, Digest | End):
            result.digests += 1
            result.ended = isinstance(body, End)
            if not feeder.agrees(body.digest) and not result.differs_at:
                result.differs_at = record.number
        elif not isinstance(body, Snapshot):
            result.facts += 1
    if feeder.exchange is None:
        raise ReplayError(f"{source}: no journal file with a snapshot is there")
    result.digest = feeder.exchange.digest()
    return result


def recover(files: Iterable[Path], feeder: Feeder) -> str:
    """Bring the exchange to where the journal ends; a text for the alarm if it could not."""
    try:
        for record in journal_files.read(list(files)):
            feeder.feed(record)
    except (journal_files.JournalDamaged, ReplayError) as error:
        return str(error)
    return "; ".join(feeder.faults)
