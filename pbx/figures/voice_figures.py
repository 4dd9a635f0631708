"""The figures of how calls sounded: of each leg's sound, as the RTP of it tells.

MOS is in thousandths, times are in microseconds, each divided by so many legs times 1,000. A leg on
which nothing came has no MOS, and a far end that sends no reports no round trip.
"""

from __future__ import annotations

from typing import Literal

from pbx.figures.figure import Figure

# In this order the record adds them up.
VOICE_COUNTS = (
    "voice_calls", "voice_legs", "mos_legs", "mos_thousandths", "mos_low_legs",
    "packets_in", "packets_lost", "packets_out", "packets_lost_far",
    "jitter_us", "round_trips", "round_trip_us",
)  # fmt: skip
LOW_MOS = 3.6  # ITU-T G.107, annex B: below it many users are dissatisfied


def voice_counts(counts: dict[str, int]) -> dict[str, int]:
    """Counts of the record, and what the figures divide by."""
    return counts | {
        "mos_legs_1000": 1_000 * counts.get("mos_legs", 0),
        "round_trips_1000": 1_000 * counts.get("round_trips", 0),
    }


def _figure(
    title: str,
    title_zh: str,
    *,
    unit: Literal["count", "share", "number"],
    formula: str,
    of: tuple[tuple[str, ...], tuple[str, ...]],
) -> Figure:
    """`of` is what is added up, and what it is divided by."""
    top, bottom = of
    return Figure(
        title=title,
        title_zh=title_zh,
        unit=unit,
        formula=formula,
        top=top,
        bottom=bottom,
        leaves_out={
            "mos_legs_1000": "legs on which nothing came",
            "mos_legs": "legs on which nothing came",
            "round_trips_1000": "far ends that send no reports",
        }.get("".join(bottom), ""),
        source="sounds",
    )


VOICE_FIGURES: dict[str, Figure] = {
    "voice_calls": _figure(
        "calls with sound", "有语音的通话", unit="count", formula="calls with sound",
        of=(("voice_calls",), ()),
    ),
    "voice_legs": _figure(
        "legs", "呼叫分支", unit="count", formula="legs with sound", of=(("voice_legs",), ()),
    ),
    "mean_mos": _figure(
        "mean MOS", "平均 MOS", unit="number", formula="MOS of the legs / legs with a MOS",
        of=(("mos_thousandths",), ("mos_legs_1000",)),
    ),
    "low_mos_share": _figure(
        "MOS below 3.6", "MOS 低于 3.6 的比例", unit="share",
        formula="legs with a MOS below 3.6 / legs with a MOS",
        of=(("mos_low_legs",), ("mos_legs",)),
    ),
    "loss": _figure(
        "loss in", "入向丢包率", unit="share", formula="packets lost / packets sent to us",
        of=(("packets_lost",), ("packets_in", "packets_lost")),
    ),
    "far_loss": _figure(
        "loss out", "出向丢包率", unit="share",
        formula="packets lost, as the far ends report / packets sent by us",
        of=(("packets_lost_far",), ("packets_out",)),
    ),
    "mean_jitter_ms": _figure(
        "mean jitter, ms", "平均抖动（毫秒）", unit="number",
        formula="jitter of the legs / legs with a MOS", of=(("jitter_us",), ("mos_legs_1000",)),
    ),
    "mean_round_trip_ms": _figure(
        "mean round trip, ms", "平均往返时延（毫秒）", unit="number",
        formula="round trip of the legs / legs that have one",
        of=(("round_trip_us",), ("round_trips_1000",)),
    ),
}  # fmt: skip
