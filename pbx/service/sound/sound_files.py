"""Sound files: a WAV file of any usual kind becomes samples at 8 kHz, or a reason why not.

    RIFF length WAVE  fmt: tag channels rate … bits   data: frames      (other chunks do not count)

Read are PCM of 8, 16, 24 and 32 bits, A-law and mu-law, plain or in WAVE_FORMAT_EXTENSIBLE, one or
two channels (mixed), 8 to 48 kHz. Other rates than 8 kHz take libspeexdsp (`media.resample`).
"""

from __future__ import annotations

import array
import shlex
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from kernel.media import g711

try:
    from kernel.media.resample import resample
except ImportError:
    resample = None  # type: ignore[assignment]

RATE = 8000
RATE_MAX = 48_000
SECONDS_MAX = 600
MUSIC_SECONDS_MAX = 1800
BYTES_MAX = 200_000_000
SHIPPED = Path(__file__).parents[2] / "sounds"

PCM, ALAW, ULAW, EXTENSIBLE = 1, 6, 7, 0xFFFE  # RFC 2361
KINDS = {3: "floating point", 17: "IMA ADPCM", 49: "GSM 06.10", 85: "MP3"}
BITS = {PCM: (8, 16, 24, 32), ALAW: (8,), ULAW: (8,)}
UNKNOWN_LENGTH = 0x7FFF_F000  # or more: of a writer that could not go back (sox, ffmpeg in a pipe)
CHUNKS_MAX = 1000
SIGNED = bytes(value ^ 0x80 for value in range(256))  # 8-bit PCM alone has no sign


class SoundError(Exception):
    """A sound file that cannot be played: which, why and what to do."""


class Shape(NamedTuple):
    """What the `fmt ` chunk says."""

    tag: int
    channels: int
    rate: int
    bits: int


def read(file: Path, *, seconds_max: int = SECONDS_MAX) -> array.array[int]:
    """The samples of a WAV file: mono, 8 kHz, at least one and at most `seconds_max`.

    Raises SoundError.
    """
    try:
        size = file.stat().st_size
        _must(size <= BYTES_MAX, f"it has {size} bytes, {BYTES_MAX} are allowed")
        return decode(file.read_bytes(), seconds_max)
    except OSError as error:
        raise SoundError(f"{file}: {error.strerror or error}") from None
    except UnfitError as unfit:
        raise _refusal(file, str(unfit)) from None


def music(path: str) -> array.array[int]:
    """What waiting callers hear: a WAV file, the shipped one if `path` is empty.

    Raises SoundError."""
    file = Path(path) if path else SHIPPED / "music.wav"
    return read(file, seconds_max=MUSIC_SECONDS_MAX)


class UnfitError(Exception):
    """What is wrong with a file, without its name."""


def _must(fits: bool, what: str) -> None:
    if not fits:
        raise UnfitError(what)


def _refusal(file: Path, what: str) -> SoundError:
    path = shlex.quote(str(file))
    return SoundError(f"{file}: {what}; to make it fit: sox {path} -r 8000 -c 1 -b 16 new.wav")


def decode(data: bytes, seconds_max: int) -> array.array[int]:
    """As `read`, of a file's octets. Raises UnfitError."""
    shape, frames = parse(data)
    width = shape.channels * shape.bits // 8
    count = len(frames) // width
    _must(count > 0, "it is empty")
    limit = f"it lasts {-(-count // shape.rate)} s, {seconds_max} s are allowed"
    _must(count <= seconds_max * shape.rate, limit)
    whole = frames[: count * width]
    channels = [
        _at_8_khz(_channel(whole, shape, channel=n), shape.rate) for n in range(shape.channels)
    ]
    _must(len(channels[0]) > 0, "it is empty")
    if len(channels) == 1:
        return channels[0]
    return array.array("h", [(a + b) >> 1 for a, b in zip(*channels, strict=True)])


# ---- the file --------------------------------------------------------------------------------


def parse(data: bytes) -> tuple[Shape, memoryview]:
    """The format and the frames of a WAV file. Raises UnfitError."""
    _must(data[:4] == b"RIFF" and data[8:12] == b"WAVE", "it is not a WAV file")
    shape = None
    for name, body, missing in _chunks(memoryview(data)):
        if name == b"fmt ":
            shape = _shape(body)
        elif name == b"data":
            _must(shape is not None, "it is damaged: the sound comes before its format")
            _must(not missing, f"it is damaged: the last {missing} bytes of the sound are missing")
            assert shape is not None
            return shape, body
    raise UnfitError("it is damaged: there is no sound in it")


def _chunks(data: memoryview) -> Iterator[tuple[bytes, memoryview, int]]:
    """Name, octets, and how many more the chunk says it has than the file."""
    at = 12
    for _ in range(CHUNKS_MAX):
        if at + 8 > len(data):
            return
        name, length = struct.unpack_from("<4sI", data, at)
        there = min(length, len(data) - at - 8)
        yield name, data[at + 8 : at + 8 + there], 0 if length >= UNKNOWN_LENGTH else length - there
        at += 8 + length + length % 2


def _shape(body: memoryview) -> Shape:
    _must(len(body) >= 16, "it is damaged: its format is cut off")
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if tag == EXTENSIBLE and len(body) >= 26:
        (tag,) = struct.unpack_from("<H", body, 24)
    allowed = BITS.get(tag)
    if allowed is None:
        raise UnfitError(f"its sound is {KINDS.get(tag, f'of kind {tag}')}, not PCM or G.711")
    _must(bits in allowed, f"it has {bits} bits a sample")
    _must(channels in (1, 2), f"it has {channels} channels")
    _must(RATE <= rate <= RATE_MAX, f"its rate is {rate} Hz, not {RATE} to {RATE_MAX}")
    _must(
        rate == RATE or resample is not None,
        f"its rate is {rate} Hz and this build reads {RATE} Hz only (to change that "
        "install libspeexdsp-dev, then make clean build)",
    )
    return Shape(tag, channels, rate, bits)


# ---- the sound -------------------------------------------------------------------------------


def _channel(frames: memoryview, shape: Shape, *, channel: int) -> array.array[int]:
    """The 16-bit samples of one channel."""
    octets = shape.bits // 8
    width = shape.channels * octets
    first = channel * octets
    if shape.tag != PCM:
        samples = array.array("h", bytes(2 * len(frames) // width))
        wire = bytes(frames[first::width])
        (g711.decode_alaw if shape.tag == ALAW else g711.decode_ulaw)(wire, samples)
        return samples
    made = bytearray(2 * len(frames) // width)
    if octets == 1:
        made[1::2] = bytes(frames[first::width]).translate(SIGNED)
    else:  # little-endian: the last two octets count most
        made[0::2] = frames[first + octets - 2 :: width]
        made[1::2] = frames[first + octets - 1 :: width]
    samples = array.array("h")
    samples.frombytes(made)
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def _at_8_khz(samples: array.array[int], rate: int) -> array.array[int]:
    if rate == RATE:
        return samples
    made = array.array("h")
    made.frombytes(resample(samples, rate=rate, to=RATE))
    return made
