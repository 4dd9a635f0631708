"""`pbx erlang b|c|a`: lines for a load, agents for a service level, and what callers then meet."""

from __future__ import annotations

import argparse
import math
import re

from kernel import erlang
from pbx.service.commands.asking import complain
from pbx.service.exit_codes import DONE, WRONG
from pbx.service.stdout import print_json
from pbx.service.text_table import text_table

SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
AROUND = range(-2, 3)  # agents more or fewer than a target takes that the table shows too
NOT_SHARES = ("n", "a", "agents", "carried", "total_offered", "mean_queue")
ABOUT = {
    "b": "calls that find every line busy are lost",
    "c": "calls wait for an agent as long as it takes",
    "a": "calls wait for an agent as long as their patience",
}
ODD_NAMES = {"p_wait_gt_t": "p_wait_gt_T"}  # JSON keeps the T of the literature

Figures = dict[str, float | int]


def seconds(text: str) -> float:
    """`20`, `20s`, `30m` or `1h`."""
    found = re.fullmatch(r"([0-9]*\.?[0-9]+)(s|m|h|)", text.strip())
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: 20, 20s, 30m or 1h")
    return float(found[1]) * SECONDS[found[2]]


def share(text: str) -> float:
    """`0.8` or `80%`."""
    try:
        value = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no share: 0.8 or 80%")
    return value


def arguments(parser: argparse.ArgumentParser) -> None:
    """A formula and its figures."""
    formulas = parser.add_subparsers(dest="formula", required=True, metavar="b|c|a")
    lines, queue, patient = (
        formulas.add_parser(name, help=about, description=about) for name, about in ABOUT.items()
    )
    for each in (lines, queue, patient):
        _load_arguments(each)
    lines.add_argument("--lines", type=float, help="how many there are")
    lines.add_argument("--blocking", type=share, help="share that may be lost, to find the rest")
    lines.add_argument("--retry", type=share, help="share of the lost calls that comes again")
    for each in (queue, patient):
        _agents_arguments(each)
    patient.add_argument("--patience", type=seconds, help="mean time until a caller hangs up")
    patient.add_argument("--abandoned", type=share, help="measured share, to find the patience")


def _load_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--calls", type=float, help="in each --per; with --aht the load")
    parser.add_argument("--per", type=seconds, default=1800.0, help="20s, 30m, 1h; default 30m")
    parser.add_argument("--aht", type=seconds, help="handling time: talk, hold and wrap-up")
    parser.add_argument("--erlangs", type=float, help="the load, instead of --calls")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")


def _agents_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--within", type=seconds, default=20.0, help="answered within; default 20s")
    parser.add_argument("--agents", type=float, help="how many there are")
    parser.add_argument("--target", type=share, help="service level, instead of --agents: 0.8")


def run(options: argparse.Namespace) -> int:
    """Print the figures; what cannot be is wrong usage and says why."""
    try:
        rows = FORMULAS[options.formula](options)
    except ValueError as error:
        return complain(str(error), WRONG)
    if options.json:
        print_json({ODD_NAMES.get(name, name): value for name, value in rows[0].items()})
    else:
        print(_table(sorted(rows, key=lambda row: row["n"])))
    return DONE


def _table(rows: list[Figures]) -> str:
    """A line a figure, a column a number of agents or lines."""
    names = [name for name in rows[0] if name not in ("n", "agents")]
    lines = [[name, *(_text(name, row[name]) for row in rows)] for name in names]
    return text_table(["n", *(f"{row['n']:g}" for row in rows)], lines)


def _text(name: str, value: float) -> str:
    if name.endswith("_s"):
        return f"{value:.1f} s"
    return f"{value:.6g}" if name in NOT_SHARES else f"{100 * value:.4g} %"


def _load(options: argparse.Namespace) -> float:
    """The erlangs that the options come to."""
    if (options.erlangs is None) == (options.calls is None):
        raise ValueError("the load is --erlangs, or --calls with --per and --aht")
    if options.erlangs is not None:
        return float(options.erlangs)
    if options.aht is None or options.per <= 0:
        raise ValueError("--calls takes --aht, and a --per above 0")
    return float(options.calls * options.aht / options.per)


def _whole(value: float) -> float | int:
    return int(value) if math.isfinite(value) and value == int(value) else value


def _b(options: argparse.Namespace) -> list[Figures]:
    """Of lines, load and blocking two are given."""
    retry = options.retry or 0.0
    if options.lines is None and options.blocking is None:
        raise ValueError("it takes --lines, or the --blocking there may be")
    if options.lines is not None and options.blocking is not None:
        if options.erlangs is not None or options.calls is not None:
            raise ValueError("of --lines, --blocking and the load two are enough")
        n, a = options.lines, erlang.extended_offered(options.lines, options.blocking, retry)
    elif options.lines is not None:
        n, a = options.lines, _load(options)
    else:
        a = _load(options)
        n = erlang.extended_lines(a, options.blocking, retry)
    head: Figures = {"n": _whole(n), "a": a}
    if options.retry is not None:
        return [head | erlang.extended(n, a, retry)._asdict()]
    return [head | {"blocking": erlang.blocking(n, a), "carried": erlang.carried(n, a)}]


def _either(options: argparse.Namespace) -> None:
    if (options.agents is None) == (options.target is None):
        raise ValueError("it takes --agents, or the service level --target")


def _c(options: argparse.Namespace) -> list[Figures]:
    _either(options)
    a = _load(options)
    if options.aht is None:
        if options.target is not None:
            raise ValueError("a service level takes --aht")
        n = options.agents
        p_wait = erlang.p_wait(n, a)
        queue = a * p_wait / (n - a)
        return [_head(n, a) | {"p_wait": p_wait, "occupancy": a / n, "mean_queue": queue}]
    times = {"aht_s": options.aht, "within_s": options.within}
    if options.target is None:
        return [_head(options.agents, a) | erlang.wait_c(options.agents, a, **times)._asdict()]
    best = erlang.agents_c(a, service_level=options.target, **times)
    agents = [n for n in _around(best) if n > a]
    return [_head(n, a) | erlang.wait_c(n, a, **times)._asdict() for n in agents]


def _a(options: argparse.Namespace) -> list[Figures]:
    _either(options)
    a = _load(options)
    if options.aht is None:
        raise ValueError("it takes --aht")
    if (options.patience is None) == (options.abandoned is None):
        raise ValueError("it takes --patience, or the share --abandoned to find it from")
    patience_s = options.patience
    if patience_s is None:
        if options.agents is None:
            raise ValueError("--abandoned was measured with so many --agents: say how many")
        patience_s = erlang.patience(
            options.agents, a, aht_s=options.aht, p_abandon=options.abandoned
        )
    times = {"aht_s": options.aht, "patience_s": patience_s, "within_s": options.within}
    found = {"patience_s": patience_s} if options.patience is None else {}
    agents = [options.agents]
    if options.target is not None:
        best = erlang.agents_a(a, service_level=options.target, **times)
        agents = _around(best)
    return [_head(n, a) | found | erlang.wait_a(n, a, **times)._asdict() for n in agents]


def _around(best: int) -> list[int]:
    """The answer, then its neighbours."""
    if best == 0:
        raise ValueError("without calls it takes nobody")
    return [best, *(best + more for more in AROUND if more and best + more > 0)]


def _head(n: float, a: float) -> Figures:
    return {"n": _whole(n), "a": a, "agents": _whole(n)}


FORMULAS = {"b": _b, "c": _c, "a": _a}
