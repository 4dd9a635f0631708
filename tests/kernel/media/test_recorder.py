"""The time line of a recording: each packet in its place, whatever network and clock do to it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.media.recorder import RECORD_LOST, RECORDED
from tests.kernel.media.far_end import rtp
from tests.kernel.media.tapes import (
    FRAME_US,
    LEFT,
    LOUD,
    QUIET,
    RATE,
    RECORDING,
    RIGHT,
    Arrival,
    Network,
    Tape,
    clicks,
    speech,
)

MS = 8  # samples
TICK = 20 * MS
LOUDEST = 32_124  # what 0x80 of PCMU is


@pytest.fixture
def tape(tmp_path: Path) -> Tape:
    return Tape(tmp_path)


def packets(first: int, last: int, *, side: int = LEFT, late_us: int = 0) -> list[Arrival]:
    """Packets of one value each, its number; the first comes at 20 ms."""
    return [
        Arrival((n + 1) * FRAME_US + late_us, side, rtp(bytes([0x80 + n % 0x70]) * 160, number=n))
        for n in range(first, last)
    ]


def values(tape: Tape, side: int = LEFT, first: int = 0) -> list[int | None]:
    """The number each stretch of 20 ms was sent with, from the `first` on; None for silence."""
    sound = tape.channel(side)[first * TICK :]
    decoded = {sample_of(n): n for n in range(0x70)}
    found: list[int | None] = []
    for at in range(0, len(sound) - TICK + 1, TICK):
        different = set(sound[at : at + TICK])
        assert len(different) == 1, f"{at}: {different}"
        sample = different.pop()
        found.append(None if sample == 0 else decoded[sample])
    return found


def sample_of(n: int) -> int:
    plain = (0x80 + n) ^ 0xFF
    segment = (plain >> 4) & 7
    return 4 * (((2 * (plain & 15) + 33) << segment) - 33)


def apart(left: Iterable[int], right: Iterable[int]) -> list[int]:
    """How many frames each click of the left is from the nearest of the right."""
    others = list(right)
    return [min(abs(other - click) for other in others) for click in left]


def test_two_lines_lie_side_by_side_to_the_sample(tape: Tape) -> None:
    tape.both(packets(0, 100), packets(0, 100, side=RIGHT))
    assert tape.end(2_000_000) == [(RECORDED, RECORDING, 2_000 * MS)]
    assert values(tape) == values(tape, RIGHT) == list(range(100))


def test_a_line_that_begins_later_begins_later_in_the_file(tape: Tape) -> None:
    tape.both(packets(0, 100), packets(40, 100, side=RIGHT))
    tape.end(2_000_000)
    assert values(tape, RIGHT) == [None] * 40 + list(range(40, 100))


def test_what_nobody_says_is_silence_to_the_end(tape: Tape) -> None:
    assert tape.end(10_000_000) == [(RECORDED, RECORDING, 10_000 * MS)]
    assert set(tape.channel(LEFT)) == set(tape.channel(RIGHT)) == {0}
    assert len(tape.channel(LEFT)) == 10 * RATE


@pytest.mark.parametrize("ppm", [-100, 100])
def test_ten_minutes_of_a_bad_network_and_drifting_clocks_stay_aligned(
    tape: Tape, ppm: float
) -> None:
    seconds = 600
    left = Network(delay_ms=30, jitter_ms=60, loss=0.02, ppm=ppm)
    right = Network(delay_ms=30, jitter_ms=20, loss=0.01, ppm=-ppm, seed=2)
    tape.both(speech(LEFT, seconds, left), speech(RIGHT, seconds, right))
    tape.end((seconds + 1) * 1_000_000)
    said, heard = clicks(tape.channel(LEFT)), clicks(tape.channel(RIGHT))
    assert len(said) > 0.9 * seconds
    assert len(heard) > 0.9 * seconds
    near = [each for each in apart(said, heard) if each < RATE // 2]  # the other's was not lost
    assert len(near) > 0.9 * seconds
    assert max(near) <= TICK
    truth = [(each - 0.03 * RATE + RATE // 2) % RATE - RATE // 2 for each in said + heard]
    assert max(map(abs, truth)) <= TICK


def test_hold_and_another_agent_leave_the_lines_aligned(tape: Tape) -> None:
    first = list(speech(RIGHT, 60, Network(ppm=100)))
    second = speech(RIGHT, 60, Network(ppm=-100, seed=3), start_s=120)
    held = [each for each in speech(LEFT, 180, Network(ppm=-100)) if not 30e6 < each.us < 120e6]
    tape.hear([*first, *held, *second])
    tape.end(181_000_000)
    left, right = clicks(tape.channel(LEFT)), clicks(tape.channel(RIGHT))
    assert (len(left), len(right)) == (90, 120)
    assert max(apart([click for click in left if click > 121 * RATE], right)) <= TICK
    assert max(apart([click for click in left if click < 30 * RATE], right)) <= TICK


def test_a_lost_packet_is_silence_and_no_other_moves(tape: Tape) -> None:
    tape.hear(each for n, each in enumerate(packets(0, 100)) if n not in (20, 21, 50))
    tape.end(2_000_000)
    expected = [None if n in (20, 21, 50) else n for n in range(100)]
    assert values(tape) == expected


@pytest.mark.parametrize("late_us", [15_000, 100_000, 200_000])
def test_a_late_packet_finds_its_place(tape: Tape, late_us: int) -> None:
    on_time = packets(0, 100)
    late = [each._replace(us=each.us + late_us) for each in on_time[20:90:10]]
    tape.hear([each for n, each in enumerate(on_time) if n not in range(20, 90, 10)] + late)
    tape.end(2_500_000)
    assert values(tape)[:100] == list(range(100))


def test_what_comes_a_second_late_is_left_out(tape: Tape) -> None:
    on_time = packets(0, 100)
    late = on_time.pop(20)
    tape.hear([*on_time, late._replace(us=late.us + 1_200_000)])
    tape.end(2_000_000)
    assert values(tape) == [None if n == 20 else n for n in range(100)]


def test_a_copy_changes_nothing(tape: Tape) -> None:
    tape.hear([*packets(0, 100), *packets(0, 100, late_us=1_000)])
    tape.end(2_000_000)
    assert values(tape) == list(range(100))


def test_a_burst_behind_a_stall_is_laid_where_it_belongs(tape: Tape) -> None:
    late = enumerate(packets(40, 60), 1_220_000)
    stalled = [each._replace(us=max(each.us, us)) for us, each in late]
    tape.hear([*packets(0, 40), *stalled, *packets(60, 100)])
    tape.end(2_000_000)
    found = values(tape)
    assert found[:40] == list(range(40))
    assert found[60:] == list(range(60, 100))
    # up to 400 ms late: those before the last write are gone, none is elsewhere
    assert all(value in (None, n) for n, value in enumerate(found))


def test_a_first_packet_that_was_late_misleads_nobody(tape: Tape) -> None:
    line = packets(0, 100)
    tape.hear([line[0]._replace(us=99_000), *[each for each in line[1:] if each.us > 99_000]])
    tape.end(2_000_000)
    assert values(tape, first=6) == list(range(6, 100))


@pytest.mark.parametrize("jump", [-(1 << 31), -1_000_000, -4_000, 4_000, 1_000_000])
def test_a_far_end_whose_timestamps_jump_is_laid_by_arrival(tape: Tape, jump: int) -> None:
    payload = bytes([LOUD]) * 160
    line = [
        Arrival((n + 1) * FRAME_US, LEFT, rtp(payload, number=n, time=160 * n + jump * (n >= 50)))
        for n in range(100)
    ]
    tape.hear(line)
    tape.end(2_000_000)
    sound = tape.channel(LEFT)
    assert set(sound[: 50 * TICK]) == {LOUDEST}
    assert set(sound[53 * TICK :]) == {LOUDEST}


def test_a_restarted_line_is_laid_by_its_arrival_at_once(tape: Tape) -> None:
    tape.hear(packets(0, 50))
    for n in range(50, 100):
        datagram = rtp(bytes([0x80 + n]) * 160, number=n + 9_000, time=77 + 160 * n, ssrc=9)
        tape.until((n + 1) * FRAME_US)
        tape.recorder.hear(RECORDING, LEFT, datagram, (n + 1) * FRAME_US, n == 50)
    tape.end(2_000_000)
    assert values(tape) == list(range(100))


@pytest.mark.parametrize("frozen", [True, False])
def test_a_talk_spurt_behind_silence_begins_where_it_comes(tape: Tape, frozen: bool) -> None:
    gap = 0 if frozen else 30
    spurt = [
        Arrival(
            (n + 31) * FRAME_US,
            LEFT,
            rtp(bytes([0x80 + n]) * 160, number=n, time=160 * (n + gap), marker=int(n == 40)),
        )
        for n in range(40, 80)
    ]
    tape.hear([*packets(0, 40), *spurt])
    tape.end(2_200_000)
    assert values(tape) == [*range(40), *[None] * 30, *range(40, 80)]


def test_a_delay_that_grows_and_stays_is_followed(tape: Tape) -> None:
    near, far = Network(delay_ms=10), Network(delay_ms=90)
    before = [each for each in speech(LEFT, 40, near) if each.us < 20_000_000]
    after = [each for each in speech(LEFT, 40, far) if each.us > 20_090_000]
    tape.hear([*before, *after])
    tape.end(41_000_000)
    found = clicks(tape.channel(LEFT))
    assert max(abs(each % RATE - 0.01 * RATE) for each in found if each < 20 * RATE) <= 8
    assert max(abs(each % RATE - 0.09 * RATE) for each in found if each > 24 * RATE) <= 8


@pytest.mark.parametrize("kind", [0, 8])
@pytest.mark.parametrize("length", [80, 160, 480])
def test_any_packet_length_and_both_laws_are_laid_without_a_gap(
    tape: Tape, kind: int, length: int
) -> None:
    loud = bytes([LOUD if kind == 0 else 0xAA]) * length
    us = length * 125
    tape.hear(
        Arrival((n + 1) * us, RIGHT, rtp(loud, number=n, time=length * n, kind=kind))
        for n in range(4_000_000 // us)
    )
    tape.end(4_000_000)
    sound = tape.channel(RIGHT)
    assert len(sound) == 4 * RATE
    assert len(set(sound[: 4_000_000 // us * length])) == 1
    assert sound[0] > 30_000


def test_when_the_disk_stands_still_what_finds_no_room_is_told(tape: Tape) -> None:
    for arrival in packets(0, 200):
        tape.recorder.hear(RECORDING, LEFT, arrival.datagram, arrival.us)  # and nobody writes
    tape.recorder.write(4_000_000)
    for arrival in packets(200, 210):
        tape.recorder.hear(RECORDING, LEFT, arrival.datagram, arrival.us)
    kept_ms = 2_048
    news = tape.end(4_200_000)
    assert news[0] == (RECORD_LOST, RECORDING, 4_000 - kept_ms)
    assert news[1] == (RECORDED, RECORDING, 4_200 * MS)
    sound = tape.channel(LEFT)
    assert 0 not in sound[: kept_ms * MS]
    assert set(sound[kept_ms * MS : 4 * RATE]) == {0}
    assert 0 not in sound[4 * RATE :]


def test_nothing_is_heard_twice_when_the_ring_comes_round(tape: Tape) -> None:
    tape.hear(packets(0, 60))
    tape.end(20_000_000)
    assert values(tape) == [*range(60), *[None] * 940]


def test_a_packet_of_a_time_before_the_recording_is_cut(tape: Tape) -> None:
    tape.hear([Arrival(10_000, LEFT, rtp(bytes([LOUD]) * 80 + bytes([QUIET]) * 80))])
    tape.end(1_000_000)
    assert set(tape.channel(LEFT)) == {0}


def test_only_rtp_on_one_of_two_sides_is_taken(tape: Tape) -> None:
    for side, datagram in ((2, rtp()), (-1, rtp()), (0, b"noise"), (0, rtp(b""))):
        with pytest.raises(ValueError):
            tape.recorder.hear(RECORDING, side, datagram, 0)
    with pytest.raises(KeyError):
        tape.recorder.hear(8, 0, rtp(), 0)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_nothing_that_comes_makes_a_file_other_than_its_time_is_long(data: st.DataObject) -> None:
    numbers = st.integers(0, 0xFFFF)
    with tempfile.TemporaryDirectory() as folder:
        tape, us = Tape(Path(folder)), 0
        for _ in range(data.draw(st.integers(0, 40))):
            us += data.draw(st.sampled_from([0, 1, 125, 20_000, 300_000, 3_000_000, 90_000_000]))
            size = data.draw(st.sampled_from([1, 80, 160, 1_488]))
            datagram = rtp(
                bytes([LOUD]) * size,
                number=data.draw(numbers),
                time=data.draw(st.integers(0, 0xFFFFFFFF)),
                marker=data.draw(st.integers(0, 1)),
                kind=data.draw(st.sampled_from([0, 8])),
            )
            if data.draw(st.booleans()):
                tape.until(us)
            side, fresh = data.draw(st.integers(0, 1)), data.draw(st.booleans())
            tape.recorder.hear(RECORDING, side, datagram, us, fresh)
        assert tape.end(us)[-1] == (RECORDED, RECORDING, us * MS // 1000)
        assert len(tape.channel(LEFT)) == len(tape.channel(RIGHT)) == us * MS // 1000
