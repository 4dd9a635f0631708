"""`pbx forecast LOG`: the calls of the days to come, by interval, from a log of those that came."""

from __future__ import annotations

import argparse
from datetime import timedelta

from pbx.planning.accuracy import accuracy, measures
from pbx.planning.forecast import METHODS, Forecast, forecast
from pbx.planning.history import DAY_S, WEEK, History
from pbx.planning.intraday import update
from pbx.service.commands.planning import (
    Read,
    add_forms,
    add_log,
    ahead,
    answered,
    calendar,
    clock,
    clock_text,
    day_text,
    log_json,
    log_line,
    paged,
    read_log,
    show,
    what_came,
)
from pbx.service.planning.plots import Plot, clock_ticks

LEAST = 0.005  # calls that are shown as such


def arguments(parser: argparse.ArgumentParser) -> None:
    """The log, how far, by which method, in which form."""
    add_log(parser)
    parser.add_argument("--days", type=int, default=WEEK, help="how many; default 7")
    parser.add_argument("--method", choices=METHODS, default="dated", help="default: dated")
    parser.add_argument(
        "--today", metavar="HH:MM", type=clock, help="the log's last day is today, and so late"
    )
    parser.add_argument("--check", action="store_true", help="how well it would have done so far")
    add_forms(parser)


def run(options: argparse.Namespace) -> int:
    """Print the forecast."""
    return answered(options, _check if options.check else _today if options.today else _days)


def _days(options: argparse.Namespace) -> int:
    read = read_log(options)
    expected = ahead(options, read, days=options.days, method=options.method)
    low, high = expected.band
    totals = expected.counts.sum(1)
    days = [day_text(expected.day(n)) for n in range(len(totals))]
    rows: list[list[object]] = [
        [clock_text(place, options.interval), *(f"{value:.1f}" for value in row)]
        for place, row in enumerate(expected.counts.T)
        if row.max() > LEAST
    ]
    rows.append(["all", *(f"{total:.0f}" for total in totals)])
    came = [what_came(read, expected.day(n)).get("offered") for n in range(len(totals))]
    if options.as_of:
        rows.append(["came", *(None if each is None else f"{each:.0f}" for each in came)])
    notes = [f"eight days of ten: {low:.2f} to {high:.2f} times these", log_line(read)]
    return show(
        options,
        table=paged(["from", *days], rows),
        notes=notes,
        json=_json(options, read, expected=expected),
        plot=_plot(options, expected),
    )


def _json(options: argparse.Namespace, read: Read, *, expected: Forecast) -> dict[str, object]:
    low, high = expected.band
    return {
        "interval_s": options.interval,
        "method": options.method,
        "days": [
            {
                "date": str(expected.day(number)),
                "calls": float(row.sum()),
                "low": float(row.sum() * low),
                "high": float(row.sum() * high),
                "counts": row.tolist(),
                "came": what_came(read, expected.day(number)).get("offered"),
            }
            for number, row in enumerate(expected.counts)
        ],
        "log": log_json(read),
    }


def _plot(options: argparse.Namespace, expected: Forecast) -> Plot:
    rows = expected.counts[:WEEK]
    lines = {day_text(expected.day(n)): row.tolist() for n, row in enumerate(rows)}
    places = list(range(DAY_S // options.interval))
    about = ("hour", f"calls per {options.interval // 60} min")
    return Plot("Calls expected", lines, places, clock_ticks(len(places)), about)


def _today(options: argparse.Namespace) -> int:
    """The rest of the log's last day: its forecast from the days before, at today's level."""
    read = read_log(options)
    history: History = read.history
    today = history.day(history.days - 1)
    over = options.today // options.interval
    before = forecast(
        history.before(today), 1, calendar=calendar(options), method=options.method
    ).counts[0]
    now = update(before, history.counts[-1][:over])
    rows = [
        [clock_text(n, options.interval), f"{was:.1f}", f"{value:.0f}" if n < over else None,
         None if n < over else f"{value:.1f}"]
        for n, (was, value) in enumerate(zip(before, now.counts, strict=True))
        if max(was, value) > LEAST
    ]  # fmt: skip
    came = float(now.counts[:over].sum())
    rows.append(["all", f"{before.sum():.1f}", f"{came:.0f}", f"{now.counts.sum():.1f}"])
    json = {
        "date": str(today),
        "interval_s": options.interval,
        "level": now.level,
        "intervals_over": over,
        "forecast": before.tolist(),
        "counts": now.counts.tolist(),
        "log": log_json(read),
    }
    lines = {"forecast": before.tolist(), "now expected": now.counts.tolist()}
    places = list(range(len(before)))
    ticks = clock_ticks(len(before))
    about = ("hour", f"calls per {options.interval // 60} min")
    return show(
        options,
        table=(["from", "forecast", "came", "now expected"], rows),
        notes=[f"{today}: the rest of the day at {now.level:.2f} times its forecast"],
        json=json,
        plot=Plot(f"{today}", lines, places, ticks, about),
    )


def _check(options: argparse.Namespace) -> int:
    """Every method on the log's last weeks."""
    read = read_log(options)
    special = calendar(options)
    reached = {name: accuracy(read.history, method) for name, method in measures(special).items()}
    if any(options.special) or options.calendar or options.config:
        note = "the calendar's days are known to the last three"
    else:
        note = "no calendar: a --calendar of holidays makes the last three better"
    weeks = next(iter(reached.values())).weeks
    start = read.history.next_day - timedelta(weeks * WEEK)
    places = list(range(len(reached)))
    return show(
        options,
        table=(
            ["method", "per interval", "per day"],
            [[name, f"{a.per_interval:.3f}", f"{a.per_day:.3f}"] for name, a in reached.items()],
        ),
        notes=[f"of the calls that came, missed; {weeks} weeks from {start}, each from the days"
               " before it", note],
        json={
            "weeks": weeks,
            "methods": {
                name: {"per_interval": a.per_interval, "per_day": a.per_day}
                for name, a in reached.items()
            },
        },
        plot=Plot(
            "Calls missed",
            {
                "per interval": [a.per_interval for a in reached.values()],
                "per day": [a.per_day for a in reached.values()],
            },
            places,
            dict(zip(map(float, places), reached, strict=True)),
        ),
    )  # fmt: skip
