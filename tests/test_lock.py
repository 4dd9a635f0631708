"""The lock: whatever pyproject.toml asks for is pinned with hashes, in agreement, for each target.

Nothing is fetched: these are the files as they are.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.shared import ROOT

LOCK = ROOT / ".ci" / "lock"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
# file -> the extras it is for, beside the dependencies; as .ci/make-lock has them
FILES: dict[str, tuple[str, ...]] = {
    "run": ("fast",),
    "build": ("fast", "build"),
    "test": ("fast", "build", "reports", "roster", "test"),
    "all": tuple(EXTRAS),
}
TOOLS = PROJECT["dependency-groups"]["lock"]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PROCESSORS = ("x86_64", "aarch64")


def pins(name: str) -> list[Requirement]:
    """The requirements of a file, without their hashes."""
    text = (LOCK / f"{name}.txt").read_text()
    return [Requirement(line.rstrip("\\ ")) for line in text.splitlines() if re.match(r"\w", line)]


def installed(name: str, python: str, processor: str) -> dict[str, str]:
    """What pip takes from a file on Linux: name and release. No name may have two."""
    here = {
        **default_environment(),
        "python_version": python,
        "python_full_version": f"{python}.0",
        "platform_machine": processor,
    }
    taken = [pin for pin in pins(name) if pin.marker is None or pin.marker.evaluate(here)]
    found = {canonicalize_name(pin.name): str(pin.specifier) for pin in taken}
    assert len(found) == len(taken)
    return found


def asked(name: str) -> list[Requirement]:
    """What pyproject.toml asks for a file."""
    lists = (PROJECT["project"]["dependencies"], *(EXTRAS[extra] for extra in FILES[name]))
    return [Requirement(text) for texts in lists for text in texts]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("processor", PROCESSORS)
def test_what_is_asked_for_is_pinned_within_its_bounds(
    name: str, python: str, processor: str
) -> None:
    found = installed(name, python, processor)
    for wish in asked(name):
        release = found[canonicalize_name(wish.name)]
        assert release.startswith("==") and wish.specifier.contains(release[2:]), wish


@pytest.mark.parametrize("name", ["run", "build", "test"])
@pytest.mark.parametrize("python", PYTHONS)
def test_each_file_is_a_part_of_the_one_resolution(name: str, python: str) -> None:
    every = installed("all", python, "x86_64")
    part = installed(name, python, "x86_64")
    assert part.items() <= every.items()


@pytest.mark.parametrize("path", sorted(LOCK.glob("*.txt")), ids=lambda path: path.name)
def test_every_pin_has_its_hashes_and_no_index_is_named(path: Path) -> None:
    text = path.read_text()
    entries = re.split(r"\n(?=\w)", text)[1:]
    assert len(entries) == len(pins(path.stem))
    assert all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"://|--(extra-)?index|--find-links|--trusted", text)


def test_every_dependency_has_a_lower_and_an_upper_bound() -> None:
    texts = [*PROJECT["build-system"]["requires"], *TOOLS, *map(str, asked("all"))]
    for wish in map(Requirement, texts):
        kinds = {clause.operator for clause in wish.specifier}
        assert kinds & {">=", ">"} and kinds & {"<", "<="}, wish


def test_what_two_extras_ask_for_has_one_bound() -> None:
    bounds: dict[str, set[str]] = {}
    for text in [*PROJECT["build-system"]["requires"], *map(str, asked("all"))]:
        wish = Requirement(text)
        bounds.setdefault(canonicalize_name(wish.name), set()).add(str(wish.specifier))
    assert {name: found for name, found in bounds.items() if len(found) > 1} == {}


def test_the_tool_that_makes_the_lock_is_pinned_itself() -> None:
    (tool,) = map(Requirement, TOOLS)
    assert tool.specifier.contains(installed("uv", "3.11", "x86_64")[tool.name][2:])
