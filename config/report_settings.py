"""What figures and reports go by, beside the calls: teams, targets, what telephoning costs."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from config.kinds import Seconds, Table, Text

Money = Annotated[float, Meta(ge=0, le=1e9)]
Share = Annotated[float, Meta(ge=0, le=1)]


class Team(Table, frozen=True):
    """`[team.NAME]`: agents whose figures are looked at together."""

    leader: Text = ""
    agents: tuple[Text, ...] = ()


class Target(Table, frozen=True):
    """`[target.NAME]`: what a queue is to reach; 0 is no target. `of` is the figure that
    `service_level` means, by its name."""

    service_level: Share = 0
    within_s: Seconds = 0
    of: Text = "service_level"
    answer_rate: Share = 0
    answer_speed_s: Seconds = 0
    abandon_rate: Share = 0


class Rate(Table, frozen=True):
    """`[rate.BEGINNING]`: what a minute costs to numbers that begin so."""

    per_minute: Money = 0


# What contact centres set themselves, as published: a queue's `target` may name one as it stands.
TARGETS: dict[str, Target] = {
    "80/20": Target(service_level=0.8, within_s=20),
    "94/7": Target(answer_rate=0.94, answer_speed_s=7),
    "85/12": Target(service_level=0.85, within_s=12, of="service_level_of_answered"),
}


def target_named(name: str, own: dict[str, Target]) -> Target | None:
    """The target of that name, the site's own before one of `TARGETS`; None if there is none."""
    return own.get(name) or TARGETS.get(name)


def rate_of(number: str, rates: dict[str, Rate]) -> float:
    """What a minute to a number costs: by the longest beginning that has a rate; 0 without."""
    begins = max((each for each in rates if number.startswith(each)), key=len, default=None)
    return 0.0 if begins is None else rates[begins].per_minute
