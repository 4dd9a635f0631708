"""Smoothing of a day's calls: what chance did to an interval is shared with its neighbours."""

from __future__ import annotations

import numpy as np

from pbx.planning.history import Array

SMOOTH_MIN = 45.0  # an interval is averaged with those nearer than this, the nearer the more


def smoothed(rows: Array) -> Array:
    """Each interval of a day averaged with its neighbours in time, but not across the hours in
    which nobody calls: what opens at eight does not begin at half past seven."""
    length = rows.shape[1]
    minutes = 1440 / length
    reach = int(np.ceil(SMOOTH_MIN / minutes)) - 1
    weights = SMOOTH_MIN - minutes * np.abs(np.arange(-reach, reach + 1))
    edges = ((0, 0), (reach, reach))
    wide, there = np.pad(rows, edges), np.pad((rows > 0).astype(float), edges)
    span = [slice(n, n + length) for n in range(2 * reach + 1)]
    sums = sum(weight * wide[:, each] for weight, each in zip(weights, span, strict=True))
    seen = sum(weight * there[:, each] for weight, each in zip(weights, span, strict=True))
    return np.asarray(np.where(rows > 0, sums / np.maximum(seen, 1e-9), 0.0))
