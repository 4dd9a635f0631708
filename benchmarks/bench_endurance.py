"""What takes minutes: 150 calls a second for a minute, and memory after 36,000 calls.

Not part of `make bench`; run `.venv/bin/python -m benchmarks.bench_endurance`.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench_calls import TALK_MS, a_talk, answer_times_ms, bench, rest, used
from benchmarks.promise import line, percentile
from tests.site import until

AGENTS, SETTLE_S = 100, 40


def held(rate: int, seconds: int) -> Iterator[str]:
    """`rate` queue calls a second for `seconds`, then 40 s of rest."""
    calls = rate * seconds
    with bench(AGENTS) as made:
        made.answer_at_once()
        rest(2)
        idle_mb = used(made.site).resident_mb
        callers = made.callers(*a_talk(TALK_MS), calls=calls, rate=rate)
        code = callers.wait(seconds + 60)
        rest(SETTLE_S)
        grown_mb = used(made.site).resident_mb - idle_mb
        until(lambda: len(made.site.rows("calls")) >= calls, timeout_s=30, what="every record")
        failed = sum(row["outcome"] != "answered" for row in made.site.rows("calls"))
        setup_ms = percentile(answer_times_ms(callers), 99)
    name = f"held_{rate}_a_second_{seconds}_s"
    yield line(f"{name}_failed_of_{calls}", failed + (code != 0), most=0, digits=0)
    yield line(f"{name}_setup_p99_ms", setup_ms, most=20, peer=16)
    yield line(f"{name}_grown_mb", grown_mb, most=20, peer=1_640)


def main() -> None:
    for rate, seconds in ((150, 60), (100, 360)):
        for each in held(rate, seconds):
            print(each, flush=True)


if __name__ == "__main__":
    main()
