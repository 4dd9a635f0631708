"""What the documents list stands so in the code: roles, methods, countries, limits, figures."""

from __future__ import annotations

import re
from typing import get_args

import msgspec
import pytest

from config.kinds import Country, Strategy
from kernel.media.control import SOUNDS_MAX
from pbx import snapshot
from pbx.figures.queue_figures import QUEUE_FIGURES
from pbx.service.socket import done_writes as repeats
from pbx.service.socket import event_ring
from pbx.service.socket.api import METHODS
from pbx.service.socket.contract import RANKS
from pbx.service.socket.params import Write
from pbx.service.sound import prompts
from pbx.service.sound import sound_files as sounds
from pbx.service.sound.tones import TONES
from pbx.stay import pin
from tests.documents import Document
from tests.pbx.sites import Desk
from tests.shared import ROOT
from tui import feed

ADMINS, INTEGRATORS = Document("admins.md"), Document("integrators.md")
SUPERVISORS = Document("supervisors.md")
README = (ROOT / "README.md").read_text()
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def table(document: Document, heading: str) -> list[list[str]]:
    """The rows of the table with this heading, without it."""
    _, _, below = document.text.partition(f"\n| {heading}\n")
    assert below, f"no table {heading}"
    lines = below.split("\n\n")[0].splitlines()[1:]
    return [re.split(r"\s*\|\s*", line.strip("| ")) for line in lines]


def names(text: str) -> set[str]:
    """What stands between backticks, word by word."""
    return {word for span in re.findall(r"`([^`]+)`", text) for word in span.split()}


def test_the_roles_are_those_of_the_code_and_each_may_what_the_table_says() -> None:
    rows = {role.strip("`"): names(may) for role, may in table(INTEGRATORS, "role | may |")}
    assert list(rows) == sorted(RANKS, key=RANKS.__getitem__)
    for role, may in rows.items():
        real = {name for name, method in METHODS.items() if method.role == role}
        assert may == (set() if role == "monitor" else real), role


def test_every_method_stands_in_the_table_with_its_parameters() -> None:
    shown: dict[str, set[str]] = {}
    for methods, parameters, *_ in table(INTEGRATORS, "method | parameters | gives |"):
        shown |= dict.fromkeys(sorted(names(methods.replace(",", " "))), names(parameters))
    assert shown.keys() == METHODS.keys()
    for name, method in METHODS.items():
        fields = {field.encode_name for field in msgspec.structs.fields(method.params)}
        assert shown[name] == fields - {"idem"}, name


def test_only_writes_take_an_idem_key() -> None:
    for method in METHODS.values():
        fields = {field.name for field in msgspec.structs.fields(method.params)}
        assert ("idem" in fields) == issubclass(method.params, Write)


def test_countries_and_strategies_are_counted_right() -> None:
    countries = set(get_args(Country))
    assert countries == set(TONES)
    assert f"tones of {NUMBERS[len(countries - {'itu'})]} countries and of the ITU" in README
    assert f"{NUMBERS[len(get_args(Strategy))]} strategies" in README
    examples = list((ROOT / "config/examples").glob("*.test.toml"))
    assert f"{NUMBERS[len(examples)]} example sites" in README


def test_every_service_level_stands_beside_its_formula() -> None:
    rows = {
        words.partition("`")[2].partition("`")[0]: formula.partition(" (Asterisk")[0]
        for words, formula in table(SUPERVISORS, "in `figures` | means |")
    }
    apart = {"offered", "answered", "abandoned", "overflowed", "exited", "answered_within",
             "abandon_rate", "mean_wait_s"}  # fmt: skip
    assert rows == {
        name: figure.formula for name, figure in QUEUE_FIGURES.items() if name not in apart
    }


def test_the_figures_of_supervisors_are_those_of_a_queue() -> None:
    desk = Desk()
    row = snapshot.queue(desk.exchange, "sales", 0)
    assert row is not None
    told = SUPERVISORS.text[SUPERVISORS.text.index("## Figures") :]
    shown = {each for each in row if f"`{each}`" in told}
    assert shown == row.keys() - {"queue", "waiting", "agents", "target"}
    day = desk.exchange.state.days["sales"]
    assert (row["service_level"], row["mean_wait_s"], row["abandon_rate"]) == (None, None, None)
    day.offered = day.abandoned = 1
    row = snapshot.queue(desk.exchange, "sales", 0)
    assert row is not None
    assert (row["service_level"], row["mean_wait_s"], row["abandon_rate"]) == (0.0, None, 1.0)


@pytest.mark.parametrize(
    ("document", "said", "real"),
    [
        (ADMINS, f"at most {SOUNDS_MAX - prompts.FIRST} prompts in all", True),
        (ADMINS, "up to 10 minutes and\n200 MB", sounds.BYTES_MAX == 200_000_000),
        (ADMINS, "After five\nwrong PINs in a row", pin.FAULTS_MAX == 5),
        (ADMINS, "for that agent for 15 minutes", pin.SHUT_MS == 900_000),
        (INTEGRATORS, "The last 100,000 events are kept", event_ring.EVENTS_KEPT == 100_000),
        (INTEGRATORS, "The last 10,000 keys are kept", repeats.KEPT == 10_000),
        (INTEGRATORS, "within 24 hours the same request", repeats.KEPT_MS == 86_400_000),
        (SUPERVISORS, "the last 500 events", feed.EVENTS_KEPT == 500),
    ],
)  # fmt: skip
def test_a_number_in_a_document_is_the_codes(document: Document, said: str, real: bool) -> None:
    assert said in document.text
    assert real
