"""Random streams: what is drawn has its law, and streams do not follow each other."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

import pytest

from kernel.random import Draws

DRAWS = 200_000


def distance(values: list[float], law: Callable[[float], float]) -> float:
    """Kolmogorov's: the greatest difference between the values' distribution and `law`, scaled."""
    ranked, count = sorted(values), len(values)
    apart = max(
        max((place + 1) / count - law(x), law(x) - place / count)
        for place, x in enumerate(ranked)
    )
    return apart * math.sqrt(count)


LAWS: list[tuple[str, Callable[[float], float]]] = [
    ("uniform", lambda x: x),
    ("exponential", lambda x: 1 - math.exp(-x)),
    ("normal", NormalDist().cdf),
]


@pytest.mark.parametrize(("name", "law"), LAWS, ids=[name for name, _ in LAWS])
def test_what_is_drawn_has_its_law(name: str, law: Callable[[float], float]) -> None:
    draw = getattr(Draws(20), name)
    assert distance([draw() for _ in range(DRAWS)], law) < 1.95  # one in a thousand is beyond


@pytest.mark.parametrize(("name", "far"), [("exponential", 9.0), ("normal", 3.8)])
def test_the_tails_beyond_the_ziggurat_are_as_heavy_as_they_should_be(
    name: str, far: float
) -> None:
    draw, law = getattr(Draws(4), name), dict(LAWS)[name]
    count = 3_000_000
    expected = count * (1 - law(far))
    found = sum(draw() > far for _ in range(count))
    assert abs(found - expected) < 3.3 * math.sqrt(expected)


def test_a_seed_gives_the_same_stream_again_and_no_other_does() -> None:
    streams = [Draws(seed, number) for seed in range(10) for number in range(10)]
    firsts = [stream.uniform() for stream in streams]
    assert len(set(firsts)) == 100
    assert Draws(3, 7).uniform() == firsts[37]


def test_neighbouring_streams_are_not_correlated() -> None:
    left, right = Draws(1, 0), Draws(1, 1)
    total = sum((left.uniform() - 0.5) * (right.uniform() - 0.5) for _ in range(DRAWS))
    assert abs(total / DRAWS) < 3.3 / 12 / math.sqrt(DRAWS)


@pytest.mark.parametrize("seed", [-1, 1 << 64, 0.5, None])
def test_a_seed_that_is_none_is_refused(seed: int) -> None:
    with pytest.raises(ValueError, match="64 bits"):
        Draws(seed)
    with pytest.raises(ValueError, match="64 bits"):
        Draws(1, seed)
