"""A promise made in numbers, and the line that says whether it is kept."""

from __future__ import annotations


def line(
    name: str, ours: float, *, most: float | None, peer: float | None = None, digits: int = 2
) -> str:
    """name, ours, peer, ratio (peer / ours), target, ok or no: columns two spaces apart.

    `most` is the highest figure that keeps the promise; None: the figure is only shown.
    """
    ratio = f"{peer / ours:.1f}" if peer is not None and ours > 0 else "-"
    theirs = "-" if peer is None else f"{peer:.{digits}f}"
    target = "-" if most is None else f"<={most:g}"
    verdict = "no" if most is not None and ours > most else "ok"
    return "  ".join((name, f"{ours:.{digits}f}", theirs, ratio, target, verdict))


def percentile(values: list[float], percent: int) -> float:
    """The smallest value that `percent` in a hundred do not exceed; infinite if there are none."""
    ranked = sorted(values)
    return ranked[(len(ranked) * percent - 1) // 100] if ranked else float("inf")
