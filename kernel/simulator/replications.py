"""Many runs of one model: means with their confidence, what a single day may bring, early stop.

    half_width   of the mean's 95 % confidence interval, by Student's t over the runs
    low, high    the 5th and 95th percentile of the runs: nine days in ten lie between
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist, fmean, stdev

from kernel.simulator.model import Model, whole
from kernel.simulator.result import SERVICE_LEVELS, Figures, Result
from kernel.simulator.simulation import Simulator

RUNS_LEAST, RUNS_MAX = 10, 1_000_000  # before an early stop; at all
GOLDEN, WORD = 0x9E3779B97F4A7C15, (1 << 64) - 1


def student(share: float, freedom: int) -> float:
    """t so that Student's distribution lies within -t..t with this share, to 1e-3 or better.

    G. W. Hill, "Algorithm 396: Student's t-quantiles", CACM 13 (1970).
    """
    if not 0 < share < 1 or freedom < 1:
        raise ValueError(f"a share of {share!r} of {freedom} degrees of freedom")
    tails, n = 1.0 - share, float(freedom)
    if freedom == 1:
        return 1.0 / math.tan(tails * math.pi / 2)
    if freedom == 2:
        return math.sqrt(2.0 / (tails * (2.0 - tails)) - 2.0)
    a = 1.0 / (n - 0.5)
    b = 48.0 / a**2
    c = ((20700.0 * a / b - 98.0) * a - 16.0) * a + 96.36
    d = ((94.5 / (b + c) - 3.0) / b + 1.0) * math.sqrt(a * math.pi / 2.0) * n
    y = (d * tails) ** (2.0 / n)
    if y <= a + 0.05:
        y = 1.0 / ((n + 6.0) / (n * y) - 0.089 * d - 0.822) / (n + 2.0) / 3.0 + 0.5 / (n + 4.0)
        first = (d * tails) ** (2.0 / n)
        y = (y * first - 1.0) * (n + 1.0) / (n + 2.0) + 1.0 / first
        return math.sqrt(n * y)
    x = NormalDist().inv_cdf(tails / 2.0)
    y = x**2
    if freedom < 5:
        c += 0.3 * (n - 4.5) * (x + 0.6)
    c += (((0.05 * d * x - 5.0) * x - 7.0) * x - 2.0) * x + b
    y = (((((0.4 * y + 6.3) * y + 36.0) * y + 94.5) / c - y - 3.0) / b + 1.0) * x
    return math.sqrt(n * math.expm1(a * y**2))


@dataclass(frozen=True)
class Band:
    """A figure over the runs that have it."""

    mean: float
    half_width: float  # infinite of a single run
    low: float
    high: float
    runs: int


def _ranked(values: Sequence[float], part: float) -> float:
    """The percentile by linear interpolation; `values` rise."""
    place = part * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)


def band(values: Sequence[float], confidence: float = 0.95) -> Band:
    """The band of one figure's values, one from each run."""
    if not values:
        raise ValueError("no run has the figure")
    ranked, half_width = sorted(values), math.inf
    if len(values) > 1:
        half_width = student(confidence, len(values) - 1) * stdev(values) / math.sqrt(len(values))
    return Band(
        fmean(values), half_width, _ranked(ranked, 0.05), _ranked(ranked, 0.95), len(values)
    )


def figure_of(figures: Figures, name: str) -> float | None:
    """A count, a figure or a service level by name; `service_level` is `of_offered`."""
    if name == "service_level" or name in SERVICE_LEVELS:
        return figures.service_level("of_offered" if name == "service_level" else name)
    try:
        value: float | None = getattr(figures, name)
    except AttributeError:
        raise ValueError(f"there is no figure {name!r}") from None
    return value


@dataclass
class Replications:
    """The runs so far; `together` holds the waits of them all."""

    results: list[Result] = field(default_factory=list)
    together: Result | None = None
    _figures: dict[tuple[int, int | None, int, int | None], Figures] = field(default_factory=dict)

    def values(
        self, name: str, queue: int | None = None, first: int = 0, last: int | None = None
    ) -> list[float | None]:
        """A figure of each run, of a queue or all, in the intervals `first` to before `last`."""
        found = []
        for number, result in enumerate(self.results):
            key = (number, queue, first, last)
            if key not in self._figures:
                self._figures[key] = result.figures(queue, first, last=last)
            found.append(figure_of(self._figures[key], name))
        return found

    def band(
        self, name: str, queue: int | None = None, first: int = 0, last: int | None = None
    ) -> Band:
        """Raises ValueError if no run has the figure, or none is called so."""
        return band(
            [
                value
                for value in self.values(name, queue, first=first, last=last)
                if value is not None
            ]
        )

    def by_interval(self, name: str, queue: int | None = None) -> list[Band | None]:
        """A band for each interval; None where no run has the figure."""
        bands: list[Band | None] = []
        for at in range(self.results[0].intervals if self.results else 0):
            values = [x for x in self.values(name, queue, first=at, last=at + 1) if x is not None]
            bands.append(band(values) if values else None)
        return bands

    def wait_s(
        self, part: float, queue: int | None = None, first: int = 0, last: int | None = None
    ) -> float | None:
        """The wait that `part` of the answered calls of all runs did not exceed."""
        return self.together.wait_s(part, queue, first=first, last=last) if self.together else None


def difference(before: Replications, after: Replications, name: str) -> Band:
    """How much higher `after` is, run by run: the callers of two models' runs are the same."""
    pairs = zip(before.values(name), after.values(name), strict=False)
    return band([b - a for a, b in pairs if a is not None and b is not None])


def _is_close(runs: Replications, target: Mapping[str, float]) -> bool:
    return len(runs.results) >= RUNS_LEAST and all(
        runs.band(name).half_width <= most for name, most in target.items()
    )


def replicate(
    model: Model | Simulator,
    runs: int,
    seed: int = 0,
    *,
    target: Mapping[str, float] | None = None,
    report: Callable[[int, int], object] | None = None,
) -> Replications:
    """Run the model up to `runs` times, each with a seed of its own that follows from `seed`.

    Stops early when each figure of `target` has a half-width at most so large. `report(done,
    runs)` is called after each run; what it raises ends it all. Raises ValueError.
    """
    whole("runs", runs, low=1, high=RUNS_MAX)
    simulator = model if isinstance(model, Simulator) else Simulator(model)
    done = Replications()
    for number in range(runs):
        simulator.restart((seed * GOLDEN + number + 1) & WORD, is_first=number == 0)
        simulator.live()
        done.results.append(simulator.counts())
        if report:
            report(number + 1, runs)
        if target and _is_close(done, target):
            break
    done.together = simulator.result()
    return done
