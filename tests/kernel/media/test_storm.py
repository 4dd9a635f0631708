"""Any order of commands, amid traffic: the thread goes on, and every leg still hears one stream."""

from __future__ import annotations

import array
import random

import pytest

from kernel.media.control import INACTIVE, PLAYED, SENDRECV, Media
from kernel.media.peer import Peer
from tests.kernel.media.far_end import HOST, FarEnd, Switchboard, parsed, rtp

LEGS = range(1, 7)
TURNS = 1_500


def step(media: Media, ends: dict[int, FarEnd], chance: random.Random, turn: int) -> None:
    """One thing that may happen to a leg."""
    leg, other = chance.sample(LEGS, 2)
    end = ends[leg]
    noise = array.array("h", chance.randrange(1, 400) * [turn])
    digit = bytes((chance.randrange(17), chance.choice((10, 138)), 0, 160))

    def connect(**rest: int) -> None:
        media.connect(leg, Peer(HOST, end.port, payload=chance.choice((0, 8)), **rest))

    chance.choice(
        (
            lambda: media.bridge(leg, other),
            lambda: media.play(leg, chance.randrange(4)),
            lambda: media.say(leg, turn, [chance.randrange(6) for _ in range(turn % 9)]),
            lambda: media.silence(leg),
            lambda: media.send_digits(leg, chance.choice("0123456789*#ABCD")),
            lambda: media.load(3, noise, turn % 2 > 0),
            lambda: connect(event_payload=101, ptime=chance.choice((10, 20, 30, 60))),
            lambda: connect(event_payload=101, direction=chance.choice((INACTIVE, SENDRECV))),
            lambda: end.send(*(rtp(number=4 * turn + i) for i in range(3))),
            lambda: end.send(rtp(digit, number=4 * turn, time=turn, kind=101)),
        )
    )()


def numbers(end: FarEnd) -> list[int]:
    """The sequence numbers of what waits in the far end's socket, all of one source."""
    packets = []
    while not end.is_quiet(0):
        packets.append(parsed(end.raw()))
    assert len({packet.ssrc for packet in packets}) <= 1
    return [packet.number for packet in packets]


@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_commands_leaves_every_leg_one_stream(board: Switchboard, seed: int):
    chance = random.Random(seed)
    for number in range(4):
        samples = array.array("h", chance.randrange(1, 900) * [number])
        board.media.load(number, samples, loop=number == 0)
    ends = {leg: board.leg(leg, event_payload=101) for leg in LEGS}
    for turn in range(TURNS):
        step(board.media, ends, chance, turn)
        if turn % 50 == 49:
            board.settle()
            board.seen.clear()
    for leg, end in ends.items():
        board.again(leg, event_payload=101)
        board.media.send_digits(leg, "")
        board.media.say(leg, 2**40 + leg, [1, 2])
        while board.wait(PLAYED, leg) != 2**40 + leg:
            pass
        heard = numbers(end)
        assert len(heard) == len(set(heard)) > 0, "no number twice"
        board.close(leg)
