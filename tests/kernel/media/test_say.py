"""Prompts said in a row: joined to the sample, ended once, ended early, waited for."""

from __future__ import annotations

import array

import pytest

from kernel.media.control import INACTIVE, PLAYED, SAID_MAX, SENDONLY, SOUNDS_MAX, Media
from tests.kernel.media.far_end import HOST, Switchboard, rtp
from tests.kernel.media.test_sound import heard, is_gapless, wire

PLAY = 2**63 - 1
LENGTHS = (333, 1, 160, 1000, 7, 479)


def sample_sound(number: int, length: int) -> array.array[int]:
    return array.array("h", (i * (37 + number) % 60_000 - 30_000 for i in range(length)))


SOUNDS = {number: sample_sound(number, length) for number, length in enumerate(LENGTHS)}


@pytest.fixture
def spoken(board: Switchboard) -> Switchboard:
    """A board with SOUNDS loaded, some as loops: that must not matter."""
    for number, samples in SOUNDS.items():
        board.media.load(number, samples, loop=number % 2 == 0)
    return board


def said(numbers: list[int], payload: int = 0, packet: int = 160) -> bytes:
    """What a far end must hear: the sounds, and silence to the end of the last packet."""
    whole = b"".join(wire(SOUNDS[number], payload) for number in numbers)
    return whole + -len(whole) % packet * (b"\xd5" if payload else b"\xff")


@pytest.mark.parametrize(("payload", "ptime"), [(0, 20), (8, 20), (0, 10), (8, 60)])
def test_each_sound_begins_with_the_sample_behind_the_one_before(spoken, payload, ptime):
    one = spoken.leg(1, payload=payload, ptime=ptime)
    numbers = [0, 1, 2, 3, 4, 5, 1, 1, 4]
    spoken.media.say(1, PLAY, numbers)
    assert spoken.wait(PLAYED, 1) == PLAY
    expected = said(numbers, payload, ptime * 8)
    packets = one.take(len(expected) // (ptime * 8))
    assert heard(packets) == expected
    assert is_gapless(packets, ptime * 8)
    assert one.is_quiet()


def test_as_many_sounds_as_allowed_are_said_in_one_go(spoken):
    one = spoken.leg(1)
    numbers = [4] * SAID_MAX
    spoken.media.say(1, 5, numbers)
    assert spoken.wait(PLAYED, 1) == 5
    assert heard(one.take(3)) == said(numbers)


def test_sounds_not_loaded_are_passed_over(spoken):
    one = spoken.leg(1)
    spoken.media.say(1, 8, [900, 0, 901, 902, 5, 900])
    assert spoken.wait(PLAYED, 1) == 8
    assert heard(one.take(6)) == said([0, 5])


@pytest.mark.parametrize("sounds", [[], [900], [900, 901]])
def test_where_nothing_can_be_said_the_end_comes_at_once(spoken, sounds):
    one = spoken.leg(1, direction=INACTIVE)
    spoken.media.say(1, 77, sounds)
    assert spoken.wait(PLAYED, 1) == 77
    assert one.is_quiet()


def test_the_end_is_told_when_the_last_sample_has_been_heard_and_only_once(spoken):
    spoken.leg(1)
    spoken.media.say(1, 1, [0])
    spoken.media.say(1, 2, [3])
    assert spoken.wait(PLAYED, 1) == 2
    assert not spoken.has(PLAYED, 1, 0.2)


@pytest.mark.parametrize("what", ["bridge", "play", "silence", "say", "close", "partner"])
def test_what_is_undone_is_never_told_as_played(spoken, what):
    one = spoken.leg(1)
    spoken.leg(2)
    spoken.media.say(1, 6, [3, 3])
    one.receive()
    {
        "bridge": lambda: spoken.media.bridge(1, 2),
        "partner": lambda: spoken.media.bridge(2, 1),
        "play": lambda: spoken.media.play(1, 0),
        "silence": lambda: spoken.media.silence(1),
        "say": lambda: spoken.media.say(1, 7, [3] * 10),
        "close": lambda: spoken.media.close(1),
    }[what]()
    assert not spoken.has(PLAYED, 1, 0.5)


def test_saying_ends_a_bridge_and_the_other_leg_falls_silent(spoken):
    one, two = spoken.call()
    spoken.media.say(1, 3, [0])
    assert heard(one.take(3)) == said([0])
    one.send(rtp())
    assert two.is_quiet()


def test_a_leg_on_hold_is_waited_for(spoken):
    one = spoken.leg(1, direction=INACTIVE)
    spoken.media.say(1, 9, [0, 5])
    assert not spoken.has(PLAYED, 1, 0.3)
    spoken.again(1, direction=SENDONLY)
    assert spoken.wait(PLAYED, 1) == 9
    assert heard(one.take(6)) == said([0, 5])


def test_a_sound_made_shorter_while_it_is_heard_is_left_for_the_next(spoken):
    one = spoken.leg(1)
    spoken.media.say(1, 4, [3, 5])
    assert one.receive().payload == wire(SOUNDS[3])[:160]
    spoken.media.load(3, SOUNDS[4])
    assert spoken.wait(PLAYED, 1) == 4
    packets = one.take(spoken.media.figures(1).packets_out - 1)
    begun, _, silence = heard(packets).partition(wire(SOUNDS[5]))
    assert wire(SOUNDS[3])[160:].startswith(begun)
    assert set(silence) <= {0xFF}


def test_many_legs_are_each_said_their_own(spoken):
    ends = {leg: spoken.leg(leg) for leg in range(1, 13)}
    for leg in ends:
        spoken.media.say(leg, 100 + leg, [leg % 6, (leg + 1) % 6, 0])
    for leg, end in ends.items():
        assert spoken.wait(PLAYED, leg) == 100 + leg
        expected = said([leg % 6, (leg + 1) % 6, 0])
        assert heard(end.take(len(expected) // 160)) == expected


def test_what_cannot_be_said_is_refused(spoken):
    media: Media = spoken.media
    spoken.leg(1)
    for play, sounds in ((-1, [0]), (0, [SOUNDS_MAX]), (0, [-1]), (0, [0] * (SAID_MAX + 1))):
        with pytest.raises(ValueError):
            media.say(1, play, sounds)
    with pytest.raises(OverflowError):
        media.say(1, 2**63, [0])
    with pytest.raises(KeyError):
        media.say(99, 0, [0])


def test_a_gathered_end_of_a_prompt_wakes_who_waits(free_ports):
    media = Media(host=HOST, ports=free_ports.block(4), gather=True)
    media.start()
    media.open(1)
    media.say(1, 12, [])
    media.flush()
    board = Switchboard.__new__(Switchboard)
    board.media, board.seen = media, []
    assert board.wait(PLAYED, 1) == 12
    media.stop()
