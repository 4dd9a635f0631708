"""Checks of what reports go by: teams of agents there are, targets of figures there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from config.lines import Path
from config.problems import Finding, suggestion
from config.report_settings import TARGETS, target_named
from config.settings import Settings


def check_teams(settings: Settings) -> Iterator[Finding]:
    """A team's people are agents, each there once."""
    for name, team in settings.team.items():
        if team.leader:
            yield from _unknown(settings, team.leader, path=("team", name, "leader"))
        for place, agent in enumerate(team.agents):
            path = ("team", name, "agents", place)
            yield from _unknown(settings, agent, path=path)
            if agent in team.agents[:place]:
                yield Finding(path, f'"{agent}" stands here twice')


def _unknown(settings: Settings, agent: str, *, path: Path) -> Iterator[Finding]:
    if agent not in settings.agent:
        yield Finding(path, f'no agent "{agent}"{suggestion(agent, settings.agent)}')


def check_targets(settings: Settings) -> Iterator[Finding]:
    """A queue's target is there, and says of which service level it is."""
    for name, queue in settings.queue.items():
        if queue.target and target_named(queue.target, settings.target) is None:
            hint = suggestion(queue.target, [*settings.target, *TARGETS])
            yield Finding(("queue", name, "target"), f'no target "{queue.target}"{hint}')


def check_rates(settings: Settings) -> Iterator[Finding]:
    """A rate stands under the beginning of a number; "" is every number's."""
    for begins in settings.rate:
        if begins.strip("+0123456789"):
            what = "expected the beginning of a number: digits, after a + or not"
            yield Finding(("rate", begins), what)


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    check_teams,
    check_targets,
    check_rates,
)
