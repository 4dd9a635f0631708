"""Plants faults in `pbx`, one at a time, and says which test saw each: a test of the tests.

    python -m tests.plant --seed 7 --count 30     (make plant SEED=7)

A fault is drawn from every comparison, condition, number and table row of the tree. Each is put
into a copy of it, where tests run, the quickest first: those of the module, those of `tests/pbx`,
then all with the peers; at last the types are checked. What fails is run again by itself, with the
fault and without, so that a machine under load sees nothing. A fault that changes nothing that
anybody could see is judged by hand, and said.
"""

from __future__ import annotations

import argparse
import ast
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from tests.shared import ROOT

COPIED = ("pbx", "kernel", "drivers", "config", "tui", "tests", "docs", "benchmarks")
LEFT = shutil.ignore_patterns("__pycache__", "*.c", "*.cpp")
# the house rules and the planter would see the planting, not the fault
NOT_ASKED = ("tests/test_floors.py", "tests/test_plant.py", "tests/config/test_settings_read.py")
SWAPPED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+?(?:::.+?)?)(?: - .*)?$", re.MULTILINE)
STAGE_S = 1200
AGAIN_MAX = 5


class Plant(NamedTuple):
    """A fault: where, of which kind, and the text before and after."""

    path: str
    line: int
    kind: str
    start: int
    before: str
    after: str
    row: str = ""  # of a table: the one that is gone

    def __str__(self) -> str:
        before, after = (" ".join(text.split()) for text in (self.before, self.after))
        change = f"{self.row} is gone" if self.row else f"{before} -> {after}"
        return f"{self.path}:{self.line} {self.kind}: {change}"

    def planted(self, text: str) -> str:
        """A module with the fault in it."""
        end = self.start + len(self.before)
        assert text[self.start : end] == self.before
        return text[: self.start] + self.after + text[end:]


def altered(node: ast.AST) -> Iterator[tuple[str, ...]]:
    """Kind and new text of each fault that can be planted at a node, and the row it takes."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        other = ast.Compare(node.left, [SWAPPED[type(node.ops[0])]()], node.comparators)
        yield "comparison", f"({ast.unparse(other)})"
    elif isinstance(node, ast.BoolOp):
        turned = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield "condition", f"({ast.unparse(ast.BoolOp(turned, node.values))})"
    elif isinstance(node, ast.Constant):
        match node.value:
            case bool():
                yield "number", repr(not node.value)
            case int():
                yield "number", repr(node.value + 1)
            case float():
                yield "number", repr(node.value * 2 or 1.0)
    elif isinstance(node, ast.Dict) and len(node.keys) > 1:
        for at, key in enumerate(node.keys):
            keys, values = list(node.keys), list(node.values)
            del keys[at], values[at]
            row = ast.unparse(key or node.values[at])
            yield "row", ast.unparse(ast.Dict(keys, values)), row


def listed(tree: ast.Module) -> Iterator[tuple[ast.expr, str, str]]:
    """Tables of a module that are lists or sets: the table, what it is without a row, the row."""
    for statement in tree.body:
        for node in ast.walk(statement) if isinstance(statement, ast.Assign) else ():
            if isinstance(node, ast.Tuple | ast.List | ast.Set) and len(node.elts) > 1:
                for at, row in enumerate(node.elts):
                    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
                        continue
                    rest = type(node)([*node.elts[:at], *node.elts[at + 1 :]])
                    yield node, ast.unparse(rest), ast.unparse(row)


def conditions(tree: ast.AST) -> Iterator[ast.expr]:
    """What `if`, `while` and `x if y` ask, where no comparison is turned anyway."""
    asking = (each for each in ast.walk(tree) if isinstance(each, ast.If | ast.While | ast.IfExp))
    for node in asking:
        if not isinstance(node.test, ast.Compare | ast.BoolOp | ast.Constant):
            yield node.test


def plants_of(path: str, text: str) -> Iterator[Plant]:
    """Every fault that can be planted in a module, in the order of its lines."""
    tree = ast.parse(text)
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    lines = text.splitlines()

    def place(line: int, octets: int) -> int:
        return starts[line - 1] + len(lines[line - 1].encode()[:octets].decode())

    def at(node: ast.expr) -> tuple[int, str]:  # ast.get_source_segment reads the file each time
        assert node.end_lineno is not None and node.end_col_offset is not None
        start = place(node.lineno, node.col_offset)
        return start, text[start : place(node.end_lineno, node.end_col_offset)]

    hidden = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)
              for part in ast.walk(node)}  # fmt: skip
    hidden |= {id(part) for node in ast.walk(tree) if isinstance(node, ast.match_case)
               for part in ast.walk(node.pattern)}  # fmt: skip
    found: list[Plant] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.expr) and id(node) not in hidden:
            for kind, *after in altered(node):
                found.append(Plant(path, node.lineno, kind, *at(node), *after))
    for table, *after in listed(tree):
        found.append(Plant(path, table.lineno, "row", *at(table), *after))
    for test in conditions(tree):
        start, before = at(test)
        found.append(Plant(path, test.lineno, "condition", start, before, f"(not ({before}))"))
    yield from sorted(found, key=lambda plant: (plant.start, plant.after))


def every_plant(root: Path, under: str = "pbx") -> list[Plant]:
    """Every fault that can be planted in the tree, always in the same order."""
    files = sorted((root / under).rglob("*.py"))
    names = [str(each.relative_to(root)) for each in files]
    return [plant for name in names for plant in plants_of(name, (root / name).read_text())]


def drawn(root: Path, *, seed: int, count: int, under: str = "pbx") -> list[Plant]:
    """`count` faults of the tree, the same for the same seed and tree."""
    found = every_plant(root, under)
    return random.Random(seed).sample(found, min(count, len(found)))


def nearest(root: Path, plant: Plant) -> list[str]:
    """The test files of a module: its mirror, then those that name it."""
    path = Path(plant.path)
    mirror = root / "tests" / path.parent / f"test_{path.stem}.py"
    module = ".".join(path.with_suffix("").parts)
    parent, _, name = module.rpartition(".")
    named = re.compile(rf"\b(?:{re.escape(module)}\b|from {re.escape(parent)} import .*\b{name}\b)")
    others = sorted(
        each for each in (root / "tests").rglob("test_*.py")
        if "peers" not in each.parts and each != mirror and named.search(each.read_text())
    )  # fmt: skip
    files = [str(each.relative_to(root)) for each in (mirror, *others) if each.exists()]
    return [each for each in files if each not in NOT_ASKED]


def stages(root: Path, plant: Plant) -> Iterator[list[str]]:
    """What pytest is asked to run, one stage after the other, the quickest first."""
    near = nearest(root, plant)
    if near:
        yield near
    ours = ["tests/pbx", "--ignore=tests/pbx/service"]
    yield ours if "service" not in plant.path else ["tests/pbx/service"]
    yield ["tests/pbx/service"] if "service" not in plant.path else ours
    yield ["tests", "--ignore=tests/pbx", "--ignore=tests/kernel", "--ignore=tests/peers"]
    yield ["tests/peers"]


def asked(root: Path, words: list[str]) -> list[str]:
    """Run tests up to the first failure; the tests that failed."""
    ignored = [f"--ignore={each}" for each in NOT_ASKED]
    command = [sys.executable, "-m", "pytest", "-n0", "-q", "-x", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(
            [*command, *words, *ignored], cwd=root, capture_output=True, text=True,
            timeout=STAGE_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return [f"no end within {STAGE_S} s"]
    if done.returncode in (0, 5):  # 5: there are no tests
        return []
    return FAILED.findall(done.stdout) or [done.stdout[-300:] + done.stderr[-300:]]


def confirmed(root: Path, words: list[str]) -> str:
    """The test that fails among these, and fails again by itself; "" if there is none."""
    passed: list[str] = []
    for _ in range(AGAIN_MAX):
        failed = asked(root, [*words, *(f"--deselect={each}" for each in passed)])
        if not failed or "::" not in failed[0]:
            return failed[0] if failed else ""
        if asked(root, [failed[0]]):
            return failed[0]
        passed.append(failed[0])
    return ""


def seen(root: Path, plant: Plant, most: int) -> str:
    """Plant a fault in the tree at `root`, ask the tests, take it out; the test that saw it."""
    file = root / plant.path
    text = file.read_text()
    try:
        for words in islice(stages(root, plant), most):
            file.write_text(plant.planted(text))
            by = confirmed(root, words)
            file.write_text(text)
            if by and ("::" not in by or not asked(root, [by])):
                return by
        file.write_text(plant.planted(text))
        by = typed(root)
        file.write_text(text)
        return "" if by and typed(root) else by
    finally:
        file.write_text(text)


def typed(root: Path) -> str:
    """What the types say of a tree, which are as right as any test; "" if nothing."""
    command = [sys.executable, "-m", "mypy", "--no-incremental", "pbx"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return done.stdout.partition("\n")[0] if done.returncode else ""


def copied(root: Path, place: Path) -> Path:
    """A copy of the tree with its kernel, to plant in."""
    for name in COPIED:
        if (root / name).is_dir():
            shutil.copytree(root / name, place / name, ignore=LEFT)
    for each in root.iterdir():
        if each.is_file():
            shutil.copy(each, place)
    return place


def tried(root: Path, plant: Plant, most: int) -> str:
    """What becomes of one fault in a copy of its own."""
    with tempfile.TemporaryDirectory(prefix="plant-") as place:
        return seen(copied(root, Path(place)), plant, most)


def run(root: Path, options: argparse.Namespace) -> int:
    """Plant, tell, count; the exit status is 1 if more survive than may."""
    faults = drawn(root, seed=options.seed, count=options.count, under=options.under)
    total = len(every_plant(root, options.under))
    print(f"seed {options.seed}: {len(faults)} of {total} faults", flush=True)
    if options.list:
        print("\n".join(map(str, faults)))
        return 0
    survived = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        results = pool.map(lambda fault: tried(root, fault, options.stages), faults)
        for number, (fault, by) in enumerate(zip(faults, results, strict=True), 1):
            survived += not by
            print(f"{number:3} {fault}\n    {f'seen by {by}' if by else 'SURVIVED'}", flush=True)
    print(f"seed {options.seed}: {len(faults) - survived} seen, {survived} survived", flush=True)
    return int(survived > options.may_survive)


def main(words: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.plant", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--under", default="pbx", help="a folder or part of one")
    parser.add_argument("--jobs", type=int, default=1, help="faults at a time")
    parser.add_argument("--stages", type=int, default=9, help="of the tests, at most")
    parser.add_argument("--may-survive", type=int, default=3)
    parser.add_argument("--list", action="store_true", help="draw and tell, plant nothing")
    return run(ROOT, parser.parse_args(words))


if __name__ == "__main__":
    sys.exit(main())
