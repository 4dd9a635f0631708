"""How well a G.711 call is likely heard: the E-model (ITU-T G.107), simplified."""

from __future__ import annotations

def rating(loss_permille: int, delay_ms: int) -> float:
    """The rating R, at most 93.2; below 50 hardly anybody is content. `loss_permille` is of
    packets lost at random, `delay_ms` one way from mouth to ear. Raises ValueError below 0 and
    for more loss than 1000."""

def mos_x100(loss_permille: int, delay_ms: int) -> int:
    """The mean opinion score to be expected, times 100: 100 (bad) to 441 (as good as G.711 gets).
    Raises ValueError as `rating`."""
