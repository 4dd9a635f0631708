"""What the demo's telephones say: as loud, as long and as broken as speech."""

from __future__ import annotations

import array

import pytest

from pbx.service.demo.speech import PEAK, RATE, TURN_S, VOICES, Voice, room, speech

TURN = RATE * TURN_S


def power(samples: array.array[int]) -> float:
    return float((sum(sample * sample for sample in samples) / len(samples)) ** 0.5)


@pytest.mark.parametrize("voice", VOICES)
def test_a_speaker_talks_and_pauses_by_turns(voice: Voice) -> None:
    samples = speech(voice, turns=2)
    assert len(samples) == 4 * TURN
    turns = [power(samples[n * TURN : (n + 1) * TURN]) for n in range(4)]
    assert turns[0] > 500 and turns[2] > 500
    assert turns[1] == turns[3] == 0
    assert max(map(abs, samples)) <= PEAK


def test_of_two_speakers_only_one_talks_at_a_time() -> None:
    one, other = speech(VOICES[0]), speech(VOICES[1], listens_first=True)
    assert len(one) == len(other)
    assert not any(a and b for a, b in zip(one, other, strict=True))


def test_there_are_pauses_within_a_turn() -> None:
    turn = speech(VOICES[0], turns=1)[:TURN]
    frames = [power(turn[n : n + 160]) for n in range(0, TURN, 160)]
    silent = sum(frame < 1 for frame in frames)
    assert 0.1 < silent / len(frames) < 0.7


def test_a_voice_always_says_the_same_and_no_two_say_the_same() -> None:
    assert speech(VOICES[2]) == speech(VOICES[2])
    assert len({speech(voice).tobytes() for voice in VOICES}) == len(VOICES)


def test_the_pitch_is_that_of_the_voice() -> None:
    """The strongest repetition in a vowel's middle lies near the voice's period."""
    voice = Voice(120, 1.0, 9)
    samples = speech(voice, turns=1)[200:1000]

    def likeness(lag: int) -> int:
        return sum(a * b for a, b in zip(samples, samples[lag:], strict=False))

    best = max(range(RATE // 200, RATE // 80), key=likeness)
    assert 0.75 * voice.pitch_hz < RATE / best < 1.35 * voice.pitch_hz


def test_a_room_is_quiet_and_not_dead() -> None:
    assert 1 < power(room()) < 30
    assert len(room(3)) == 3 * RATE
