"""WAV files of every usual kind are read; what cannot be read says what is wrong and what to do."""

from __future__ import annotations

import array
import shlex
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.service.sound import sound_files as sounds
from pbx.service.sound.sound_files import BYTES_MAX, RATE, SECONDS_MAX, SoundError, music, read
from tests.pbx.service.sound.wav_files import (
    ALAW,
    FLOAT,
    MP3,
    PCM,
    ULAW,
    chunk,
    form,
    octets,
    riff,
    sine,
    wav,
    write,
)  # fmt: skip
from tests.shared import ROOT

TONE = sine()
resampling = pytest.mark.usefixtures("resampler")


@pytest.fixture
def resampler() -> None:
    if sounds.resample is None:
        pytest.skip("built without libspeexdsp")


def apart(one: array.array[int], other: array.array[int]) -> int:
    """The greatest difference of two sounds of one length."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


# ---- what is read ----------------------------------------------------------------------------


@pytest.mark.parametrize("extensible", [False, True])
@pytest.mark.parametrize(
    ("tag", "bits", "off"),
    [(PCM, 8, 256), (PCM, 16, 0), (PCM, 24, 0), (PCM, 32, 0), (ALAW, 8, 256), (ULAW, 8, 256)],
)
def test_a_file_of_any_usual_kind_is_the_same_sound(
    tmp_path: Path, tag: int, bits: int, off: int, extensible: bool
) -> None:
    data = wav(TONE, tag, bits=bits, extensible=extensible)
    assert apart(read(write(tmp_path / "a.wav", data)), TONE) <= off


def test_two_channels_are_mixed_and_do_not_overflow(tmp_path: Path) -> None:
    pairs = array.array("h", [1000, 3000, -32768, -32768, 32767, 32767, 5, -5])
    heard = read(write(tmp_path / "a.wav", wav(pairs, channels=2)))
    assert list(heard) == [2000, -32768, 32767, 0]


@resampling
@pytest.mark.parametrize("rate", [11_025, 16_000, 22_050, 32_000, 44_100, 48_000])
def test_a_file_of_another_rate_keeps_its_pitch_and_length(tmp_path: Path, rate: int) -> None:
    heard = read(write(tmp_path / "a.wav", wav(sine(rate=rate, n=rate), rate=rate)))
    assert len(heard) == RATE
    assert apart(heard[100:-100], TONE[100:-100]) < 20


@resampling
def test_a_stereo_file_of_24_bits_at_48_kilohertz_is_read(tmp_path: Path) -> None:
    one = sine(rate=48_000, n=48_000)
    both = array.array("h", [sample for sample in one for _ in range(2)])
    data = wav(both, bits=24, channels=2, rate=48_000)
    assert apart(read(write(tmp_path / "a.wav", data))[100:-100], TONE[100:-100]) < 20


def test_other_chunks_do_not_matter(tmp_path: Path) -> None:
    odd = chunk(b"LIST", b"INFOx" * 3)
    data = riff(odd, form(), odd, chunk(b"data", octets(TONE)), odd)
    assert read(write(tmp_path / "a.wav", data)) == TONE


@pytest.mark.parametrize("length", [0x7FFF_F000, 0x7FFF_F024, 0xFFFF_FFFF])
def test_a_file_whose_writer_did_not_know_its_length_is_read_to_the_end(
    tmp_path: Path, length: int
) -> None:
    data = riff(form()) + struct.pack("<4sI", b"data", length) + octets(TONE)
    assert read(write(tmp_path / "a.wav", data)) == TONE


def test_half_a_sample_at_the_end_is_left_out(tmp_path: Path) -> None:
    data = riff(form(channels=2), chunk(b"data", bytes(4 * 10 + 3)))
    assert len(read(write(tmp_path / "a.wav", data))) == 10


def test_the_longest_sound_is_read_and_a_longer_one_is_not(tmp_path: Path) -> None:
    most = b"\xd5" * (SECONDS_MAX * RATE)
    file = write(tmp_path / "a.wav", riff(form(ALAW, bits=8), chunk(b"data", most)))
    assert len(read(file)) == SECONDS_MAX * RATE
    write(file, riff(form(ALAW, bits=8), chunk(b"data", most + b"\xd5")))
    with pytest.raises(SoundError, match="it lasts 601 s, 600 s are allowed"):
        read(file)
    assert len(music(str(file))) == SECONDS_MAX * RATE + 1  # music may be longer


def test_the_shipped_music_fills_whole_packets() -> None:
    samples = music("")
    assert len(samples) > 10 * RATE
    assert len(samples) % 160 == 0
    assert max(samples) > 2000


# ---- what is not -----------------------------------------------------------------------------

WRONG = {
    "nothing": (b"", "not a WAV file"),
    "four octets": (b"RIFF", "not a WAV file"),
    "zeros": (bytes(1000), "not a WAV file"),
    "an MP3 file": (b"ID3\x03" + bytes(500), "not a WAV file"),
    "a text": ("你好".encode() * 50, "not a WAV file"),
    "no chunks": (riff(), "no sound in it"),
    "no sound": (riff(form()), "no sound in it"),
    "a header alone": (riff(form(), chunk(b"data", b"")), "it is empty"),
    "less than a sample": (riff(form(), chunk(b"data", b"\1")), "it is empty"),
    "a format cut off": (riff(chunk(b"fmt ", bytes(8))), "format is cut off"),
    "no format": (riff(chunk(b"data", bytes(320))), "before its format"),
    "half a file": (wav(TONE)[:4044], "last 12000 bytes of the sound are missing"),
    "MP3 in WAV": (riff(form(MP3, bits=0), chunk(b"data", bytes(99))), "its sound is MP3"),
    "floating point": (riff(form(FLOAT, bits=32), chunk(b"data", bytes(99))), "floating point"),
    "an unknown kind": (riff(form(4711), chunk(b"data", bytes(99))), "of kind 4711"),
    "12 bits": (riff(form(bits=12), chunk(b"data", bytes(99))), "12 bits"),
    "no bits": (riff(form(bits=0), chunk(b"data", bytes(99))), "0 bits"),
    "no channel": (riff(form(channels=0), chunk(b"data", bytes(99))), "0 channels"),
    "six channels": (riff(form(channels=6), chunk(b"data", bytes(99))), "6 channels"),
    "no rate": (riff(form(rate=0), chunk(b"data", bytes(99))), "rate is 0 Hz"),
    "too slow": (riff(form(rate=7999), chunk(b"data", bytes(99))), "rate is 7999 Hz"),
    "too fast": (riff(form(rate=48_001), chunk(b"data", bytes(99))), "48001 Hz, not 8000 to 48000"),
    "a million chunks": (riff(*[chunk(b"junk", b"")] * 100_000), "no sound in it"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_file_that_cannot_be_played_says_why_and_what_to_do(tmp_path: Path, kind: str) -> None:
    data, why = WRONG[kind]
    file = write(tmp_path / "bad one.wav", data)
    with pytest.raises(SoundError) as failure:
        read(file)
    text = str(failure.value)
    assert text.startswith(f"{file}: ")
    assert why in text
    assert f"sox '{file}' -r 8000 -c 1 -b 16 new.wav" in text


def test_a_file_that_is_not_there_or_is_a_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(SoundError, match=r"none\.wav: No such file"):
        read(tmp_path / "none.wav")
    with pytest.raises(SoundError, match="Is a directory"):
        music(str(tmp_path))


def test_a_file_too_large_is_not_even_read(tmp_path: Path) -> None:
    file = write(tmp_path / "a.wav", wav(TONE))
    with file.open("r+b") as opened:
        opened.truncate(BYTES_MAX + 1)
    with pytest.raises(SoundError, match=f"it has {BYTES_MAX + 1} bytes"):
        read(file)


@pytest.mark.parametrize("shape", [{"rate": 96_000}, {"channels": 6}], ids=str)
def test_what_to_do_helps(tmp_path: Path, shape: dict[str, int]) -> None:
    if not shutil.which("sox"):
        pytest.skip("sox is not here")
    bad = write(tmp_path / "bad.wav", wav(sine(n=9600), **shape))
    with pytest.raises(SoundError) as failure:
        read(bad)
    command = str(failure.value).partition("to make it fit: ")[2]
    subprocess.run(shlex.split(command), cwd=tmp_path, check=True)
    assert len(read(tmp_path / "new.wav")) > 100


def test_without_the_library_a_file_of_another_rate_names_its_package(tmp_path: Path) -> None:
    plain = write(tmp_path / "plain.wav", wav(TONE))
    other = write(tmp_path / "other.wav", wav(TONE, rate=16_000))
    script = f"""if True:
        import sys
        from pathlib import Path
        sys.modules["kernel.media.resample"] = None
        from pbx.service.sound.sound_files import SoundError, read
        print(len(read(Path({str(plain)!r}))))
        try:
            read(Path({str(other)!r}))
        except SoundError as error:
            print(error)
    """
    said = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert said.startswith(f"8000\n{other}: its rate is 16000 Hz")
    assert "libspeexdsp-dev" in said and "sox" in said


@given(st.data())
def test_a_damaged_file_is_read_or_refused_and_never_worse(data: st.DataObject) -> None:
    whole = bytearray(wav(TONE[:200], bits=data.draw(st.sampled_from([8, 16, 24]))))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, 60))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    try:
        shape, frames = sounds.parse(cut)
    except sounds.UnfitError:
        return
    assert shape.channels in (1, 2) and shape.bits in (8, 16, 24, 32)
    assert len(frames) <= len(cut)
    try:
        assert len(sounds.decode(cut, SECONDS_MAX)) >= 1
    except sounds.UnfitError:
        return
