# cython: language_level=3, cdivision=True
"""How well a G.711 call is likely heard: the E-model (ITU-T G.107), simplified.

    R = 93.2 - Id - Ie_eff                  93.2: every other parameter of G.107 at its default
    Id = 0.024 d + 0.11 (d - 177.3) if d > 177.3        Cole and Rosenbluth, SIGCOMM CCR 31 (2001)
    Ie_eff = Ie + (95 - Ie) P / (P + Bpl)               G.107, 7.5 (BurstR 1); G.113, appendix I:
    MOS = 1 + 0.035 R + R (R - 60) (100 - R) 7e-6       Ie 0, Bpl 4.3; MOS by G.107, annex B

Bpl 4.3 is G.711 whose losses are not concealed. A phone that conceals them (Bpl 25.1) is heard
better than this says, so the figure errs towards a complaint.
"""

cdef double BEST = 93.2
cdef double IE = 0.0
cdef double BPL = 4.3
cdef double KNEE_MS = 177.3


cdef double _rating(int loss_permille, int delay_ms) noexcept:
    cdef double loss = loss_permille / 10.0         # per cent
    cdef double late = 0.024 * delay_ms
    if delay_ms > KNEE_MS:
        late += 0.11 * (delay_ms - KNEE_MS)
    return BEST - late - IE - (95.0 - IE) * loss / (loss + BPL)


cdef void _check(int loss_permille, int delay_ms) except *:
    if not 0 <= loss_permille <= 1000 or delay_ms < 0:
        raise ValueError(f"a loss of {loss_permille} in 1000 or {delay_ms} ms cannot be")


def rating(int loss_permille, int delay_ms):
    """The rating R for packets lost at random and a delay from mouth to ear."""
    _check(loss_permille, delay_ms)
    return _rating(loss_permille, delay_ms)


def mos_x100(int loss_permille, int delay_ms):
    """The mean opinion score to be expected, times 100."""
    cdef double r
    _check(loss_permille, delay_ms)
    r = _rating(loss_permille, delay_ms)
    if r <= 0.0:
        return 100
    return round(100.0 * max(1.0, 1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6))
