"""The media thread as a driver: what it takes, what its reports become, and PINs kept back."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from typing import cast

import pytest

from kernel.media import control as kernel_media
from kernel.media.control import SAID_MAX, Figures, Media
from pbx.commands import Bridge, CheckPin, Play, Release, Say, SendDigits, Silence
from pbx.events import (
    Bridged,
    Digit,
    HeardElsewhere,
    MediaLost,
    PinChecked,
    Played,
    SoundMissing,
)
from pbx.service.record.rows import Sound
from pbx.service.sound.driver import SoundDriver, measured
from pbx.service.sound.prompts import PLAYOUT, Catalog

LEG = 3
FIGURES = Figures(*range(1, len(Figures._fields) + 1))._replace(
    elsewhere="192.0.2.9:4000", elsewhere_packets=50
)


class Thread:
    """What is asked of the media thread, and what it shall say."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.says: list[tuple[int, int, int]] = []

    def bridge(self, leg: int, other: int) -> None:
        if other == 99:
            raise KeyError(other)
        self.asked.append(("bridge", leg, other))

    def play(self, leg: int, sound: int) -> None:
        self.asked.append(("play", leg, sound))

    def say(self, leg: int, play: int, sounds: Sequence[int]) -> None:
        self.asked.append(("say", leg, play, tuple(sounds)))

    def silence(self, leg: int) -> None:
        self.asked.append(("silence", leg))

    def send_digits(self, leg: int, digits: str) -> None:
        raise OSError(errno.EOPNOTSUPP if digits == "1" else errno.ENOBUFS, "no")

    def reports(self) -> list[tuple[int, int, int]]:
        said, self.says = self.says, []
        return said

    def figures(self, leg: int) -> Figures | None:
        return FIGURES if leg == LEG else None


class Shelf:
    """Numbers for sounds: the length of the name; one is missing."""

    def number_of(self, name: str) -> int:
        return 0 if name == "en/missing" else len(name)


def a_driver(pin: str = "1234") -> tuple[SoundDriver, Thread, list[Sound]]:
    thread, rows = Thread(), list[Sound]()
    driver = SoundDriver(
        cast(Media, thread),
        cast(Catalog, Shelf()),
        pin_of=lambda agent: pin,
        owner_of=lambda leg: (f"call{leg}", "extension:201"),
        measured=rows.append,
    )
    return driver, thread, rows


def reported(
    driver: SoundDriver, thread: Thread, *reports: tuple[int, int, int], now: int = 0
) -> list[object]:
    thread.says = list(reports)
    driver.reports(now)
    facts = list(driver.facts)
    driver.facts.clear()
    return cast(list[object], facts)


def keys(text: str) -> list[tuple[int, int, int]]:
    return [(kernel_media.DIGIT, LEG, ord(key)) for key in text]


def test_commands_of_sound_are_taken_and_no_others() -> None:
    driver, thread, _ = a_driver()
    assert Release not in driver.commands
    for command in (Bridge(LEG, 5), Play(LEG, "music"), Silence(LEG)):
        assert type(command) in driver.commands
        driver.obey(command)
    assert thread.asked == [("bridge", LEG, 5), ("play", LEG, 5), ("silence", LEG)]
    assert driver.facts == [Bridged(LEG, 5)]


def test_prompts_become_numbers_and_those_that_are_missing_are_left_out() -> None:
    driver, thread, _ = a_driver()
    driver.obey(Say(LEG, 7, ("en/a", "en/missing", "en/abc")))
    assert thread.asked == [("say", LEG, 7, (4, 6, PLAYOUT))]


def test_the_last_words_are_followed_by_what_pushes_them_out_of_a_jitter_buffer() -> None:
    driver, thread, _ = a_driver()
    driver.obey(Say(LEG, 7, ("en/a",) * (SAID_MAX + 5)))
    ((*_, said),) = thread.asked
    assert said == (4,) * (SAID_MAX - 1) + (PLAYOUT,)


def test_a_prompt_that_is_not_there_is_over_at_once_and_was_not_heard() -> None:
    driver, thread, _ = a_driver()
    driver.obey(Say(LEG, 7, ("en/missing",)))
    assert thread.asked == [("silence", LEG)]
    assert driver.facts == [Played(LEG, 7, heard=False)]


def test_a_leg_that_has_gone_in_this_very_turn_is_no_fault() -> None:
    driver, _, _ = a_driver()
    driver.obey(Bridge(LEG, 99))
    assert driver.facts == []


def test_keys_to_a_far_end_that_takes_none_are_no_fault_and_no_room_is() -> None:
    driver, _, _ = a_driver()
    driver.obey(SendDigits(LEG, "1"))
    with pytest.raises(OSError, match="no"):
        driver.obey(SendDigits(LEG, "2"))


def test_reports_become_facts() -> None:
    driver, thread, rows = a_driver()
    driver.obey(Play(LEG, "music"))
    facts = reported(
        driver,
        thread,
        (kernel_media.DIGIT, LEG, ord("#")),
        (kernel_media.PLAYED, LEG, 7),
        (kernel_media.SILENT, LEG, 60_000),
        (kernel_media.UNANSWERED, LEG, 60_000),
        (kernel_media.ONE_WAY, LEG, 5_000),
        (kernel_media.LEARNT, LEG, 5),
        (kernel_media.ELSEWHERE, LEG, 50),
        (kernel_media.LEARNT, 5, 5),
        (kernel_media.RECEIVING, LEG, 8),
        (kernel_media.CLOSED, LEG, 100),
        (kernel_media.CLOSED, 5, 100),
    )
    assert facts == [
        Digit(LEG, "#"), Played(LEG, 7), MediaLost(LEG), MediaLost(LEG, is_alone=True),
        SoundMissing(LEG), HeardElsewhere(LEG, "192.0.2.9:4000", 50, learnt=True),
        HeardElsewhere(LEG, "192.0.2.9:4000", 50, learnt=False),
    ]  # fmt: skip
    assert [(row.leg, row.call, row.party, row.packets_in) for row in rows] == [
        (LEG, "call3", "extension:201", 1)
    ]
    assert (rows[0].mos, rows[0].loss) == (0.15, 0.014)


@pytest.mark.parametrize(
    ("figures", "last"),
    [((0, 441, 1), (0.0, 4.41)), ((-1, 100, 1), (None, 1.0)), ((2_500, 400, 0), (2.5, None))],
)
def test_what_was_counted_for_a_leg_is_a_row_in_the_units_of_the_record(
    figures: tuple[int, int, int], last: tuple[float | None, float | None]
) -> None:
    rtt_us, mos_x100, packets_in = figures
    counted = FIGURES._replace(
        packets_in=packets_in, packets_out=40, lost=3, loss_permille=60, far_loss_permille=125,
        jitter_us=7_250, rtt_us=rtt_us, mos_x100=mos_x100, codec=0,
    )  # fmt: skip
    assert measured(LEG, ("call3", "extension:201"), figures=counted) == Sound(
        LEG, "call3", "extension:201", "PCMU", packets_in, 40, 3, 0.06, 0.125, 7.25, *last
    )


@pytest.mark.parametrize(("payload", "codec"), [(0, "PCMU"), (8, "PCMA"), (-1, "")])
def test_a_codec_is_written_by_its_name(payload: int, codec: str) -> None:
    assert measured(LEG, ("c", "p"), figures=FIGURES._replace(codec=payload)).codec == codec


@pytest.mark.parametrize(
    ("typed", "correct"), [("1234", True), ("1235", False), ("12#", False), ("#", False)]
)
def test_a_pin_is_looked_at_here_and_none_of_its_keys_becomes_a_fact(
    typed: str, correct: bool
) -> None:
    driver, thread, _ = a_driver()
    driver.obey(CheckPin(LEG, "2001"))
    assert reported(driver, thread, *keys(typed)) == [PinChecked(LEG, correct)]
    assert reported(driver, thread, *keys("5")) == [Digit(LEG, "5")]


def test_an_agent_without_a_pin_has_none_that_is_right() -> None:
    driver, thread, _ = a_driver(pin="")
    driver.obey(CheckPin(LEG, "2001"))
    assert reported(driver, thread, *keys("#")) == [PinChecked(LEG, False)]
    driver.obey(CheckPin(LEG, "2001"))
    assert reported(driver, thread, *keys("1" * 16)) == [PinChecked(LEG, False)]


def test_a_half_typed_pin_is_forgotten_with_its_leg() -> None:
    driver, thread, _ = a_driver()
    driver.obey(CheckPin(LEG, "2001"))
    assert reported(driver, thread, *keys("12"), (kernel_media.CLOSED, LEG, 0)) == []
    assert reported(driver, thread, *keys("3")) == [Digit(LEG, "3")]


# ---- keys told twice

SOUND, PASSED = kernel_media.DIGIT, kernel_media.KEY_PASSED


def messaged(driver: SoundDriver, *digits: Digit, now: int = 0) -> list[object]:
    for digit in digits:
        driver.told(digit, now)
    facts = list(driver.facts)
    driver.facts.clear()
    return cast(list[object], facts)


def test_a_key_that_the_sound_and_a_message_bring_counts_once() -> None:
    driver, thread, _ = a_driver()
    assert reported(driver, thread, (SOUND, LEG, ord("1")), now=1_000) == [Digit(LEG, "1")]
    assert messaged(driver, Digit(LEG, "1", 160), now=1_170) == []
    assert messaged(driver, Digit(LEG, "2", 160), now=1_900) == [Digit(LEG, "2")]
    assert reported(driver, thread, (SOUND, LEG, ord("2")), now=1_910) == []


def test_a_key_that_waits_in_the_thread_is_heard_before_its_message() -> None:
    driver, thread, _ = a_driver()
    thread.says = [(SOUND, LEG, ord("7"))]
    assert messaged(driver, Digit(LEG, "7")) == [Digit(LEG, "7")]


def test_a_key_that_passed_through_a_bridge_is_not_passed_on_again_for_its_message() -> None:
    driver, thread, _ = a_driver()
    assert reported(driver, thread, (PASSED, LEG, ord("3"))) == []
    assert messaged(driver, Digit(LEG, "3")) == []
    assert messaged(driver, Digit(LEG, "3")) == [Digit(LEG, "3")]


def test_a_pin_is_typed_by_message_as_well_and_none_of_it_becomes_a_fact() -> None:
    driver, _, _ = a_driver()
    driver.obey(CheckPin(LEG, "2001"))
    typed = [Digit(LEG, key) for key in "1234"]
    assert messaged(driver, *typed) == [PinChecked(LEG, True)]
