"""`service_levels`: every way to count the service level, side by side, and each queue's target."""

from __future__ import annotations

from collections.abc import Iterable

from config.report_settings import Target, target_named
from config.settings import Queue
from pbx.figures.queue_figures import QUEUE_FIGURES
from pbx.reports.asked import Asked, Rows
from pbx.reports.buckets import add
from pbx.reports.columns import QUEUE, figure_cells, figure_columns
from pbx.reports.headed import Body, headed
from pbx.reports.queue_rows import queue_counts
from pbx.reports.report import Cell, Chart, Column, Report
from pbx.reports.visits import Visit, visits

LEVELS = tuple(name for name in QUEUE_FIGURES if name.startswith("service_level"))
COLUMNS = (
    QUEUE,
    Column("within_s", "T", "T", "s", "the queue's service_level.within_s, as it is now"),
    *(
        Column(each.name, each.formula, each.formula, "share", each.formula)
        for each in figure_columns(QUEUE_FIGURES, LEVELS)
    ),
    Column("target", "target", "目标", "text"),
    Column("wanted", "wanted", "目标值", "share"),
    Column("reached", "reached", "实际值", "share", "by the target's own T and way of counting"),
    Column("answer_rate", "answer rate", "接通率", "share", "answered / offered"),
    Column("answer_speed_s", "speed of answer", "平均应答速度", "s"),
    Column("is_met", "all met", "达标", "text"),
)
NOTE = (
    "The ways of counting take the T that was in force at each visit; the target takes its own.",
    "各口径按来电当时生效的 T 统计；目标按其自身的 T 统计。",
)


def service_levels(asked: Asked, rows: Rows) -> Report:
    """A row a queue, and all together."""
    targets = [queue.target for queue in asked.settings.queue.values() if queue.target]
    ended = visits(asked, rows) if targets else []  # of a month they take a second
    lines: list[tuple[Cell, ...]] = []
    total: dict[str, int] = {}
    for (queue,), counts in queue_counts(asked, rows, "queue"):
        add(total, counts)
        settings = asked.settings.queue.get(queue)
        own = [visit for visit in ended if visit.queue == queue]
        lines.append(
            (
                queue,
                settings.service_level.within_s if settings else None,
                *figure_cells(QUEUE_FIGURES, LEVELS, counts=counts),
                *_against(asked, settings, counts=counts, ended=own),
            )
        )
    levels = figure_cells(QUEUE_FIGURES, LEVELS, counts=total)
    last = (None, None, *levels, *(None,) * 3, *_rates(total), None) if lines else None
    charts = (Chart("queue", bars=("service_level",)),)
    return headed(
        "service_levels", asked, body=Body(COLUMNS, lines, last, charts=charts, notes=(NOTE,))
    )


def _against(
    asked: Asked, settings: Queue | None, *, counts: dict[str, int], ended: list[Visit]
) -> tuple[Cell, ...]:
    """The target, what it wants and what was reached, and whether all of it is."""
    rate, speed = _rates(counts)
    if settings is None:
        return None, None, None, rate, speed, None
    target = target_named(settings.target, asked.settings.target)
    if target is None:
        level = settings.service_level
        reached = QUEUE_FIGURES["service_level"].of(counts)
        met = _is_met([(reached, level.target)])
        return "-", level.target, reached, rate, speed, met
    reached = _reached(target, counts=counts, ended=ended)
    abandoned = QUEUE_FIGURES["abandon_rate"].of(counts)
    met = _is_met(
        [
            (reached, target.service_level),
            (rate, target.answer_rate),
            (_minus(target.answer_speed_s), _minus(speed) if target.answer_speed_s else None),
            (_minus(target.abandon_rate), _minus(abandoned) if target.abandon_rate else None),
        ]
    )
    return settings.target, target.service_level or None, reached, rate, speed, met


def _minus(value: float | int | None) -> float | None:
    return None if value is None else -value


def _rates(counts: dict[str, int]) -> tuple[float | int | None, float | int | None]:
    return QUEUE_FIGURES["answer_rate"].of(counts), QUEUE_FIGURES["mean_wait_s"].of(counts)


def _reached(target: Target, *, counts: dict[str, int], ended: list[Visit]) -> float | int | None:
    """The service level as the target counts it: by its own T."""
    if not target.service_level:
        return None
    within_ms = round(target.within_s * 1000)
    own = dict(counts)
    for outcome in ("answered", "abandoned"):
        within = [each for each in ended if each.outcome == outcome and each.wait_ms <= within_ms]
        own[f"{outcome}_within"] = len(within)
    return QUEUE_FIGURES[target.of].of(own)


def _is_met(pairs: Iterable[tuple[float | int | None, float | int | None]]) -> str:
    """Whether each figure is at least what is wanted of it, where something is; None is not."""
    wanted = [(found, least) for found, least in pairs if least]
    return "yes" if all(found is not None and found >= least for found, least in wanted) else "no"
