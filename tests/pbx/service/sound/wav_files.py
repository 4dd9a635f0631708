"""WAV files for tests, right and wrong ones: every octet of the header can be chosen."""

from __future__ import annotations

import array
import math
import struct
from pathlib import Path

from kernel.media import g711

PCM, FLOAT, ALAW, ULAW, MP3 = 1, 3, 6, 7, 85
# KSDATAFORMAT_SUBTYPE_…: the tag, then these octets
SUBTYPE = bytes.fromhex("000000001000800000aa00389b71")


def sine(hertz: int = 1000, *, rate: int = 8000, n: int = 8000) -> array.array[int]:
    step = 2 * math.pi * hertz / rate
    return array.array("h", (round(8000 * math.sin(step * k)) for k in range(n)))


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack("<4sI", name, len(body)) + body + b"\0" * (len(body) % 2)


def form(
    tag: int = PCM, *, channels: int = 1, rate: int = 8000, bits: int = 16, extensible: bool = False
) -> bytes:
    """The `fmt ` chunk."""
    width = channels * bits // 8
    shown = 0xFFFE if extensible else tag
    body = struct.pack("<HHIIHH", shown, channels, rate, rate * width, width, bits)
    if extensible:
        body += struct.pack("<HHIH", 22, bits, 0, tag) + SUBTYPE
    return chunk(b"fmt ", body)


def riff(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def octets(samples: array.array[int], tag: int = PCM, bits: int = 16) -> bytes:
    """16-bit samples as they lie in a file of another kind."""
    wire = bytearray(len(samples))
    if tag == ALAW:
        g711.encode_alaw(samples, wire)
        return bytes(wire)
    if tag == ULAW:
        g711.encode_ulaw(samples, wire)
        return bytes(wire)
    if bits == 8:
        return bytes((sample >> 8) + 128 for sample in samples)
    return b"".join((s << (bits - 16)).to_bytes(bits // 8, "little", signed=True) for s in samples)


def wav(samples: array.array[int], tag: int = PCM, *, bits: int = 16, **rest: int) -> bytes:
    """A whole file; stereo samples come in turn."""
    return riff(form(tag, bits=bits, **rest), chunk(b"data", octets(samples, tag, bits)))


def write(file: Path, data: bytes) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file
