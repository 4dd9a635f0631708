"""The journal's readers: which files there are, their records in order, where a crash tore them.

    frame = length (u32, little-endian), CRC-32 of the payload (u32), payload (see `pbx.codec`)

A file that stops within a frame is torn: what a crash does to the last write. A frame that is
wrong while whole ones follow is damage: nothing behind it is used.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from zlib import crc32

from pbx.codec import DecodeError, Digest, End, Record, Snapshot, decode_record

HEADER = struct.Struct("<II")
RECOVERED_BYTES_MAX = 64 << 20
_ARRAY_OF_4 = b"\x94"  # the first byte of every payload, a record of four items


class JournalDamaged(Exception):
    """A journal file cannot be read past some byte; the text names the file and the offset."""


def frame(payload: bytes) -> bytes:
    """A record's payload as it stands in the file."""
    return HEADER.pack(len(payload), crc32(payload)) + payload


def frames(data: bytes) -> Iterator[tuple[memoryview, int]]:
    """Each whole payload and the offset behind it, up to the first bytes that are no frame."""
    view, at = memoryview(data), 0
    while (end := _frame_end(view, at)) > 0:
        yield view[at + HEADER.size : end], end
        at = end


def _frame_end(view: memoryview, at: int) -> int:
    """The offset behind the whole frame at `at`; 0 if there is none."""
    start = at + HEADER.size
    if start > len(view):
        return 0
    length, checksum = HEADER.unpack_from(view, at)
    end: int = start + length
    if not length or end > len(view) or crc32(view[start:end]) != checksum:
        return 0
    return end


def is_torn(data: bytes, at: int) -> bool:
    """Whether the bytes from `at` on, which are no frame, hold no whole frame further on either."""
    view = memoryview(data)
    payload = data.find(_ARRAY_OF_4, at + HEADER.size + 1)
    while payload > 0:
        if _frame_end(view, payload - HEADER.size):
            return False
        payload = data.find(_ARRAY_OF_4, payload + 1)
    return True


def file_name(epoch: int, number: int) -> str:
    """The file whose first fact is `number`; names sort by age."""
    return f"{epoch:06d}-{number:012d}.log"


def _epoch_and_number(path: Path) -> tuple[int, int]:
    epoch, _, number = path.stem.partition("-")
    return int(epoch), int(number)


def files(folder: Path) -> list[Path]:
    """The journal's files, oldest first."""
    digits = "[0-9]"
    return sorted(folder.glob(f"{digits * 6}-{digits * 12}.log"))


def last_epoch(folder: Path) -> int:
    """The highest epoch that has written here, 0 if none."""
    return max((_epoch_and_number(path)[0] for path in files(folder)), default=0)


def since_snapshot(folder: Path, seq: int, *, bytes_max: int = RECOVERED_BYTES_MAX) -> list[Path]:
    """The files from the newest whose snapshot was taken at note `seq` or before; what a start
    must read to make every note after `seq` again. If none is as old as that (the database is
    lost), the newest files of `bytes_max` in all, and at least one."""
    found = files(folder)
    size = 0
    for index in range(len(found) - 1, -1, -1):
        size += found[index].stat().st_size
        snapshot = snapshot_of(found[index])
        if snapshot is not None and (snapshot.seq <= seq or size > bytes_max):
            return found[index:]
    return found


def snapshot_of(path: Path) -> Snapshot | None:
    """The snapshot that a journal file begins with; None if a crash came between."""
    with path.open("rb") as file:
        header = file.read(HEADER.size)
        length = HEADER.unpack(header)[0] if len(header) == HEADER.size else 0
        data = header + file.read(min(length, path.stat().st_size))
    payloads = [payload for payload, _ in frames(data)]
    body = decode_record(payloads[0]).body if payloads else None
    return body if isinstance(body, Snapshot) else None


def read(source: Path | Sequence[Path], from_number: int = 0) -> Iterator[Record]:
    """The records of a folder, a file or files, numbers from `from_number` on, marks included.

    A torn end of a file is passed over. Records that were given up on a full disk show as a
    snapshot whose number jumps. Raises JournalDamaged, after the records before it, at damage, and
    at a number that is missing or comes twice within a file."""
    if isinstance(source, Path):
        source = files(source) if source.is_dir() else [source]
    for path in _from_number(source, from_number):
        for record in _records(path):
            if record.number >= from_number:
                yield record


def _from_number(found: Sequence[Path], number: int) -> Sequence[Path]:
    """The files that may hold records from `number` on; any name will do for a single file."""
    if len(found) < 2:
        return found
    before = [i for i, path in enumerate(found) if _epoch_and_number(path)[1] <= number]
    return found[before[-1] :] if before else found


def _records(path: Path) -> Iterator[Record]:
    data = path.read_bytes()
    last: Record | None = None
    at = 0
    for payload, end in frames(data):
        try:
            record = decode_record(payload)
        except DecodeError as error:
            raise JournalDamaged(
                f"{path}: byte {at}: no record of this version: {error}"
            ) from error
        if not _follows(record, last):
            number = last.number if last else "nothing"
            raise JournalDamaged(f"{path}: byte {at}: record {record.number} follows {number}")
        yield record
        last, at = record, end
    if at < len(data) and not is_torn(data, at):
        raise JournalDamaged(f"{path}: damaged at byte {at}: nothing from there on is used")


def _follows(record: Record, last: Record | None) -> bool:
    if last is None:
        return isinstance(record.body, Snapshot)
    is_mark = isinstance(record.body, Digest | End)
    return record.number == last.number + (not is_mark) and record.now >= last.now
