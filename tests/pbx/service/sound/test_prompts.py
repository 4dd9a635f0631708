"""The catalogue has a number for every sound, shipped or the site's own; and says what lacks."""

from __future__ import annotations

import array
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kernel.media import g711
from kernel.media.control import PLAYED, SOUNDS_MAX
from pbx.service.sound import prompts, tones
from pbx.service.sound import sound_files as sounds
from pbx.service.sound.prompts import FIRST, PLAYOUT, REPEATED, Catalog
from pbx.service.sound.sound_files import SHIPPED
from pbx.stay import phrases
from tests.kernel.media.far_end import Switchboard
from tests.pbx.service.sound.wav_files import sine, wav, write
from tests.ports import Ports
from tests.shared import ROOT

OWN = sine(700, n=1600)
SHIPPED_COUNT = len(list(SHIPPED.glob("*/*.wav")))


class Shelf:
    """Where sounds are put instead of the media thread: samples by number, and what is new."""

    def __init__(self) -> None:
        self.held: dict[int, array.array[int]] = {}
        self.loops: dict[int, bool] = {}
        self.fresh: list[int] = []

    def load(self, sound: int, samples: Any, loop: bool = True) -> None:
        assert 0 < sound < SOUNDS_MAX and len(samples)
        self.held[sound], self.loops[sound] = samples, loop
        self.fresh.append(sound)


class Shop:
    """A catalogue over a data directory, its sounds and its alarms."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shelf = Shelf()
        self.alarms: list[str] = []
        self.catalog = Catalog(self.shelf, folder, on_alarm=self._alarmed)

    def _alarmed(self, name: str, text: str) -> None:
        assert name == "sound"
        self.alarms.append(text)

    def load(self, *, music: str = "", country: str = "itu") -> None:
        self.shelf.fresh.clear()
        self.catalog.load(music=music, country=country)

    def put(self, name: str, data: bytes | None = None) -> Path:
        """An own recording."""
        return write(self.folder / f"{name}.wav", wav(OWN) if data is None else data)

    def heard(self, name: str) -> array.array[int]:
        return self.shelf.held[self.catalog.number_of(name)]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "prompts")


# ---- what is there ---------------------------------------------------------------------------


def test_every_shipped_prompt_is_loaded_once_and_does_not_repeat(shop: Shop) -> None:
    shop.load()
    assert not shop.alarms
    assert len(shop.catalog) == SHIPPED_COUNT + 1  # and the music
    numbers = [shop.catalog.number_of(f"{file.parent.name}/{file.stem}")
               for file in SHIPPED.glob("*/*.wav")]  # fmt: skip
    assert sorted(numbers) == list(range(FIRST, FIRST + SHIPPED_COUNT))
    assert not any(shop.shelf.loops[number] for number in numbers)


def test_what_pushes_the_last_words_out_is_120_ms_of_silence(shop: Shop) -> None:
    shop.load()
    assert shop.shelf.held[PLAYOUT] == array.array("h", [0] * 960)
    assert not shop.shelf.loops[PLAYOUT]


def test_music_and_tones_repeat_under_numbers_of_their_own(shop: Shop) -> None:
    shop.load(country="cn")
    for name, number in REPEATED.items():
        assert shop.catalog.number_of(name) == number
        assert shop.shelf.loops[number]
    assert shop.heard("music") == sounds.music("")
    assert shop.heard("busy") == tones.samples(tones.TONES["cn"]["busy"])


def test_shipped_prompts_are_cut_and_levelled_alike() -> None:
    for file in sorted(SHIPPED.glob("*/*.wav")):
        samples = sounds.read(file)
        loud = [n for n, sample in enumerate(samples) if abs(sample) > 400]
        assert loud[0] < 1600, f"{file}: begins with silence"  # or with a soft consonant
        assert len(samples) - loud[-1] < 2000, f"{file}: ends with silence"
        sounding = [sample for sample in samples if abs(sample) > 400]
        rms = (sum(sample * sample for sample in sounding) / len(sounding)) ** 0.5
        assert 1600 < rms < 4500, f"{file}: {rms}"


def test_shipped_sounds_are_small_and_soon_loaded(tmp_path: Path) -> None:
    assert sum(file.stat().st_size for file in SHIPPED.glob("**/*.wav")) < 2_000_000
    script = f"""if True:
        import time
        from pathlib import Path
        from kernel.media.control import Media
        from pbx.service.sound.prompts import Catalog
        pages = lambda: int(Path("/proc/self/statm").read_text().split()[1])
        media, before, began = Media(), pages(), time.process_time()
        catalog = Catalog(media, Path({str(tmp_path)!r}), on_alarm=print)
        catalog.load(music="", country="itu")
        print(time.process_time() - began, (pages() - before) * 4096)
    """
    command = [sys.executable, "-c", script]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    seconds, octets = map(float, said.split())
    assert seconds < 0.1
    assert octets < 6_000_000


# ---- the site's own --------------------------------------------------------------------------


def test_an_own_recording_takes_the_place_of_the_shipped_one(shop: Shop) -> None:
    shop.put("zh/welcome")
    shop.load()
    assert shop.heard("zh/welcome") == OWN
    assert shop.heard("en/welcome") != OWN


def test_a_prompt_of_the_sites_own_name_is_there(shop: Shop) -> None:
    shop.put("zh/春节放假")
    shop.load()
    assert "zh/春节放假" in shop.catalog
    assert shop.heard("zh/春节放假") == OWN


def test_own_music_is_played(shop: Shop, tmp_path: Path) -> None:
    shop.load(music=str(write(tmp_path / "own.wav", wav(OWN))))
    assert shop.heard("music") == OWN


def test_a_prompt_that_the_language_lacks_is_said_in_english(shop: Shop) -> None:
    shop.put("en/holiday")
    shop.load()
    assert shop.catalog.number_of("zh/holiday") == shop.catalog.number_of("en/holiday") != 0
    assert "zh/holiday" not in shop.catalog
    assert not shop.alarms


def test_a_prompt_that_is_nowhere_is_told_once_until_the_next_reload(shop: Shop) -> None:
    shop.load()
    for _ in range(3):
        assert shop.catalog.number_of("zh/nothing") == 0
    assert shop.alarms == [
        f"there is no prompt zh/nothing: put it into {shop.folder}/zh/nothing.wav and reload"
    ]
    assert shop.catalog.number_of("zh/../../etc/passwd") == 0
    shop.load()
    assert shop.catalog.number_of("zh/nothing") == 0
    assert len(shop.alarms) == 3


# ---- trouble ---------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"RIFF", wav(OWN)[:1000], wav(OWN, channels=6)])
def test_a_bad_recording_is_an_alarm_and_the_shipped_one_is_heard(shop: Shop, data: bytes) -> None:
    file = shop.put("zh/welcome", data)
    shop.load()
    (text,) = shop.alarms
    assert str(file) in text and "sox" in text
    assert text.endswith("until then the shipped one is heard")
    assert shop.heard("zh/welcome") == sounds.read(SHIPPED / "zh" / "welcome.wav")


def test_a_bad_recording_without_a_shipped_one_is_missing(shop: Shop) -> None:
    shop.put("en/own", b"RIFF")
    shop.load()
    assert shop.catalog.number_of("en/own") == 0
    assert len(shop.alarms) == 2


def test_bad_music_is_an_alarm_and_the_shipped_music_is_heard(shop: Shop, tmp_path: Path) -> None:
    shop.load(music=str(tmp_path / "none.wav"))
    (text,) = shop.alarms
    assert "none.wav: No such file" in text
    assert shop.heard("music") == sounds.music("")


def test_what_is_no_sound_file_is_named_and_what_is_hidden_is_not(shop: Shop) -> None:
    write(shop.folder / "zh" / "welcome.mp3", b"ID3")
    write(shop.folder / "zh" / "LOUD.WAV", wav(OWN))
    write(shop.folder / "zh" / ".welcome.wav.swp", b"")
    (shop.folder / "zh" / "old.wav").mkdir()
    os.mkfifo(shop.folder / "zh" / "pipe.wav")
    shop.load()
    named = [text.partition(": ")[0] for text in shop.alarms]
    names = ("LOUD.WAV", "old.wav", "pipe.wav", "welcome.mp3")
    assert named == [str(shop.folder / "zh" / name) for name in names]


def test_prompts_beyond_the_bound_are_left_out_and_never_the_shipped_ones(shop: Shop) -> None:
    room = SOUNDS_MAX - FIRST - SHIPPED_COUNT
    short = wav(OWN[:10])
    for n in range(room + 3):
        shop.put(f"en/own_{n:04}", short)
    shop.load()
    assert shop.alarms == [
        f"3 prompts are not loaded, among them en/own_{room:04}: there may be {SOUNDS_MAX - FIRST}"
    ]
    assert shop.catalog.number_of(f"en/own_{room - 1:04}") == SOUNDS_MAX - 1
    assert shop.catalog.number_of("zh/welcome")
    assert shop.catalog.number_of(f"en/own_{room:04}") == 0


# ---- reload ----------------------------------------------------------------------------------


def test_a_reload_without_a_change_loads_nothing(shop: Shop) -> None:
    shop.put("zh/own")
    shop.load()
    shop.load()
    assert shop.shelf.fresh == []


def test_a_reload_takes_what_has_changed_under_the_same_number(shop: Shop) -> None:
    shop.put("zh/own")
    shop.load()
    number = shop.catalog.number_of("zh/own")
    shop.put("zh/own", wav(OWN[:800]))
    shop.put("aa/none")
    shop.put("zh/another")
    shop.load(country="de")
    assert shop.catalog.number_of("zh/own") == number
    assert shop.heard("zh/own") == OWN[:800]
    assert set(shop.shelf.fresh) == {2, 3, 4, number, shop.catalog.number_of("zh/another")}
    assert shop.shelf.held[4] == tones.samples(tones.TONES["de"]["congestion"])


def test_reading_changes_nothing_until_it_is_taken(shop: Shop) -> None:
    shop.load()
    shop.put("zh/welcome")
    shop.put("zh/bad", b"")
    shop.shelf.fresh.clear()
    with ThreadPoolExecutor(1) as thread:
        reading = thread.submit(shop.catalog.read, music="", country="fr").result(timeout=10)
    assert shop.shelf.fresh == shop.alarms == []
    assert shop.heard("zh/welcome") != OWN
    shop.catalog.take(reading)
    assert shop.heard("zh/welcome") == OWN
    assert shop.heard("busy") == tones.samples(tones.TONES["fr"]["busy"])
    assert len(shop.alarms) == 1


def test_an_own_recording_taken_away_gives_the_shipped_one_back(shop: Shop) -> None:
    file = shop.put("zh/welcome")
    own = shop.put("zh/own")
    shop.load()
    number = shop.catalog.number_of("zh/own")
    file.unlink()
    own.unlink()
    shop.load()
    assert shop.heard("zh/welcome") == sounds.read(SHIPPED / "zh" / "welcome.wav")
    assert shop.catalog.number_of("zh/own") == 0
    shop.put("zh/own")
    shop.load()
    assert shop.catalog.number_of("zh/own") == number


# ---- with the media thread -------------------------------------------------------------------


@pytest.fixture
def board(free_ports: Ports) -> Iterator[Switchboard]:
    started = Switchboard(free_ports.block(40))
    yield started
    started.stop()


def test_a_phrase_is_heard_to_the_sample(board: Switchboard, tmp_path: Path) -> None:
    catalog = Catalog(board.media, tmp_path, on_alarm=print)
    catalog.load(music="", country="cn")
    said = phrases.number(12, "zh")
    whole = array.array("h")
    for name in said:
        whole += sounds.read(SHIPPED / f"{name}.wav")
    wire = bytearray(len(whole))
    g711.encode_alaw(whole, wire)
    end = board.leg(1, payload=8)
    board.media.say(1, 77, [catalog.number_of(name) for name in said])
    assert board.wait(PLAYED, 1) == 77
    packets = end.take(board.media.figures(1).packets_out)
    assert b"".join(packet.payload for packet in packets)[: len(wire)] == bytes(wire)


def test_the_numbers_of_prompts_and_of_what_repeats_do_not_meet() -> None:
    assert max(REPEATED.values()) < FIRST < SOUNDS_MAX
    assert set(prompts.LANGUAGES) == {"en", "zh"}
