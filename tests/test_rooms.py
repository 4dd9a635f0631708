"""The rooms of the house: which stands on which, how full they are, what each is there for.

A folder's children, modules and rooms alike, stand in storeys. Each imports from the storeys below
its own, never from beside or above it, so no circle can be: neither of files nor of rooms.
"""

from __future__ import annotations

import ast
import graphlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.shared import ROOT
from tests.test_floors import OURS, imports, module_name, sources, within

MODULES_MAX = 25  # side by side in a folder
# folder -> its children from the ground up
STOREYS = {
    "kernel": (
        "agenda deadlines erlang linux named_timers random timers",
        "acd ring sip",
        "media simulator",
    ),
    "pbx": (
        "events hours routing planning",
        "commands notes recording",
        "call codec sip",
        "state",
        "figures night saved",
        "reports stay",
        "queue",
        "calls",
        "exchange",
        "snapshot",
        "service",
    ),
    "pbx.sip": (
        "message troubles",
        "transaction",
        "dialog",
        "access",
        "door",
        "agent",
        "registration",
    ),
    "pbx.service.reporting": (
        "record_reader refusals",
        "shown",
        "csv_file drawing json_file terminal xlsx_file",
        "png_chart svg_chart",
        "html_page",
        "report_files",
    ),
    "pbx.service": (
        "ask exit_codes keys loop_timer printable progress site_file stdout text_table trial wire",
        "demo record",
        "journal planning reporting sound versions",
        "backup imports privacy turns",
        "inside",
        "socket",
        "doors",
        "daemon",
        "process",
        "commands",
        "cli",
    ),
}
CIMPORT = re.compile(
    r"^[ \t]*from[ \t]+([\w.]+)[ \t]+c?import[ \t]+(\([^)]*\)|[^\n]*)", re.MULTILINE
)


def targets(path: Path) -> Iterator[str]:
    """Full names of what a source imports or cimports, modules and what is taken from them."""
    text = path.read_text()
    if path.suffix in (".py", ".pyi"):
        yield from (name for _, name in imports(ast.parse(text)))
        return
    for module, names in CIMPORT.findall(text):
        yield from (f"{module}.{name}" for name in re.findall(r"\w+", names))


@cache
def arrows() -> dict[str, set[str]]:
    """Of each module of the five tops, those of them that it imports."""
    files = [path for path in sources(".py", ".pyi", ".pyx", ".pxd") if is_ours(path)]
    known = {module_name(path) for path in files}
    found: dict[str, set[str]] = {name: set() for name in known}
    for path in files:
        for target in targets(path):
            name = target if target in known else target.rpartition(".")[0]
            if name in known - {module_name(path)}:
                found[module_name(path)].add(name)
    return found


def is_ours(path: Path) -> bool:
    return path.relative_to(ROOT).parts[0] in OURS


def child(folder: str, module: str) -> str:
    """The child of a folder in which a module is; "" for one elsewhere and the folder itself."""
    return module[len(folder) + 1 :].partition(".")[0] if within(module, folder) else ""


def upward(folder: str, storeys: Iterable[str]) -> Iterator[str]:
    """Every import between children of a folder that does not lead to a lower storey."""
    level = {name: at for at, names in enumerate(storeys) for name in names.split()}
    for module, found in sorted(arrows().items()):
        here = child(folder, module)
        for target in sorted(found):
            there = child(folder, target)
            if here and there and here != there and level[there] >= level[here]:
                yield f"{module} imports {target}"


@pytest.mark.parametrize("folder", STOREYS)
def test_a_room_imports_from_below_only(folder: str) -> None:
    children = {child(folder, module) for module in arrows()} - {""}
    listed = " ".join(STOREYS[folder]).split()
    assert sorted(children) == sorted(listed), "each child stands on one storey"
    assert list(upward(folder, STOREYS[folder])) == []


def test_an_import_upward_is_found() -> None:
    swapped = ("exchange", *(each for each in STOREYS["pbx"] if each != "exchange"))
    assert "pbx.exchange imports pbx.state" in list(upward("pbx", swapped))


def test_no_modules_import_each_other_in_a_circle() -> None:
    order = list(graphlib.TopologicalSorter(arrows()).static_order())
    assert (
        order.index("pbx.events") < order.index("pbx.exchange") < order.index("pbx.service.daemon")
    )


@pytest.mark.parametrize("top", [*OURS, "tests"])
def test_no_folder_holds_more_than_can_be_overlooked(top: str) -> None:
    modules: dict[Path, set[str]] = {}
    for path in (ROOT / top).rglob("*"):
        if path.suffix in (".py", ".pyx") and path.stem != "__init__":
            modules.setdefault(path.parent, set()).add(path.stem)
    crowded = {
        str(folder): len(names) for folder, names in modules.items() if len(names) > MODULES_MAX
    }
    assert crowded == {}, f"more than {MODULES_MAX}: a room is missing"


def test_each_room_says_what_leaves_the_product_with_it() -> None:
    rooms = {path.parent for path in sources(".py", ".pyx") if is_ours(path)}
    for room in sorted(rooms):
        told = ast.get_docstring(ast.parse((room / "__init__.py").read_text())) or ""
        assert room.name == "pbx" or "ithout " in told.partition("\n\n\n")[0], room
