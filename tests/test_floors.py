"""The house rules that can be counted: who may import whom, sizes, names, words.

Each check returns every breach in the tree at once, as `file:line: what`.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.shared import ROOT, SHARED

OURS = ("pbx", "kernel", "drivers", "tui", "config")
TESTS = ("tests", "benchmarks", "setup")

# floor -> what it may import beside the standard library and itself; the longest name rules
FLOORS = {
    "kernel": (),
    "kernel.erlang.vectors": ("kernel", "numpy"),  # a face that takes arrays
    "config": ("msgspec",),
    "pbx": ("kernel", "config", "msgspec"),
    "pbx.planning": ("pbx", "kernel", "config", "msgspec", "numpy", "highspy"),
    "pbx.service": (
        "pbx",
        "kernel",
        "config",
        "drivers",
        "msgspec",
        "uvloop",
        "sqlite_utils",
        "numpy",
        "plotext",
        "matplotlib",
        "xlsxwriter",
    ),
    "pbx.service.commands.roster": ("pbx", "config", "highspy"),  # whether the extra is there
    "drivers": (
        "pbx.events",
        "pbx.commands",
        "pbx.sip",
        "kernel",
        "config",
        "msgspec",
        "serial",
        "pyroute2",
    ),
    "tui": ("pbx.service.ask.client", "pbx.snapshot", "msgspec", "textual", "rich"),
}
# what the names above would admit, and must not
CLOSED = {"pbx": ("pbx.service",), "pbx.planning": ("pbx.service",)}
# modules that read a clock, a dice, a file or a wire: never where decisions are made
IMPURE = ("time", "random", "os", "socket", "asyncio", "sqlite3", "logging", "secrets", "threading")
PURE = ("pbx", "pbx.planning")
CIMPORTS = ("cython", "libc", "posix", "cpython", "kernel")

FILE_LINES, FUNCTION_LINES, PARAMETERS, POSITIONAL, NESTING, COLUMNS = 400, 50, 5, 2, 3, 100
FACE = 4  # of the kernel's Python, which scripts call as they have always called it
CLOCK = "now"  # every function takes it last, as its place says already
FIXED = ("__exit__", "__aexit__", "__get__", "__set__", "__call__")  # Python calls these
LOADERS = ("import_module", "__import__")
OURS_DOTTED = re.compile(rf"(?:{'|'.join(OURS)})(?:\.\w+)+")
CYTHON_FUNCTION = re.compile(
    r"( *)(?:cdef|cpdef|def)\b(?! (?:class|enum|struct|union|extern))[^=\n]*\("
)
NESTS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match, ast.AsyncFor, ast.AsyncWith)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
VAGUE = re.compile(
    r"(?:[a-z0-9](?:Manager|Handler|Helper|Utils?|Impl|Base)"
    r"|(?:^|[_.])(?:manager|handler|helper|utils?|impl|base))$"
)
NAP = re.compile(r"asyncio[.]sleep[(](?!0[)])")
WORDS = re.compile(
    r"T[O]DO|F[I]XME|X[X]X|NotImplemented[E]rror|pragma: no [c]over|time[.]sleep[(]"
    r"|mark[.](s[k]ip|x[f]ail)|unittest[.][m]ock|monkey[p]atch|GNU .*General P[u]blic"
)


def sources(*suffixes: str) -> list[Path]:
    """Every source file of ours with one of the suffixes, in the order of its name."""
    folders = [ROOT / name for name in (*OURS, *TESTS) if (ROOT / name).is_dir()]
    found = [path for folder in folders for path in folder.rglob("*") if path.suffix in suffixes]
    return sorted([*found, ROOT / "setup.py"] if ".py" in suffixes else found)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def within(module: str, floor: str) -> bool:
    return module == floor or module.startswith(floor + ".")


def floor_of(module: str) -> str | None:
    return max((floor for floor in FLOORS if within(module, floor)), key=len, default=None)


def may_import(module: str, target: str) -> bool:
    """Whether `module` may import the module `target`, by the tables above."""
    floor = floor_of(module)
    if floor is None:  # tests and benchmarks look everywhere
        return True
    if target.split(".")[0] in IMPURE:
        return floor not in PURE
    if target.split(".")[0] in sys.stdlib_module_names:
        return True
    is_closed = any(within(target, closed) for closed in CLOSED.get(floor, ()))
    return not is_closed and any(within(target, name) for name in (floor, *FLOORS[floor]))


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full name of every module imported, at any depth, by whatever means."""
    yield from loaded(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            yield node.lineno, "." * node.level
        elif isinstance(node, ast.ImportFrom):
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            ours = str(node.module).split(".")[0] in OURS
            yield from ((node.lineno, name) for name in (whole if ours else [str(node.module)]))


def loaded(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """What `importlib` is asked for, and every module of ours that is named beside it: a table of
    modules to load is no way round."""
    nodes = list(ast.walk(tree))
    calls = [
        node
        for node in nodes
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", "")) in LOADERS
    ]
    for node in (each for call in calls for each in call.args):
        if isinstance(node, ast.Constant):
            yield node.lineno, str(node.value)
    for node in nodes if calls else ():
        if isinstance(node, ast.Constant) and OURS_DOTTED.fullmatch(str(node.value)):
            yield node.lineno, str(node.value)


def forbidden_imports(module: str, text: str) -> Iterator[str]:
    for line, target in imports(ast.parse(text)):
        if not may_import(module, target):
            yield f"{line}: imports {target}"


def forbidden_cimports(module: str, text: str) -> Iterator[str]:
    """As `forbidden_imports`, for Cython, which `ast` does not read."""
    pattern = re.compile(r"\s*(?:from\s+([\w.]+)\s+c?import\b|c?import\s+([\w.]+))")
    for number, line in enumerate(text.splitlines(), 1):
        if match := pattern.match(line):
            target = match[1] or match[2]
            known = target.split(".")[0] in CIMPORTS
            if not known and not may_import(module, target):
                yield f"{number}: imports {target}"


def depth(node: ast.AST, level: int = 0) -> int:
    """How many statements are nested within each other below `node`; an `elif` is no deeper."""
    deepest = level
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (*FUNCTIONS, ast.ClassDef)):
            continue
        is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        deeper = isinstance(child, NESTS) and not is_elif
        deepest = max(deepest, depth(child, level + deeper))
    return deepest


def function_sizes(module: str, text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, FUNCTIONS):
            continue
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        given = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
        given = given[1:] if given[:1] in (["self"], ["cls"]) else given
        every = len(given) + len(node.args.kwonlyargs)
        said = [name for name in given if name != CLOCK]
        by_place = FACE if module.startswith("kernel.") else POSITIONAL
        by_place = len(said) if node.name in FIXED else by_place
        counts = (
            ("lines", lines, FUNCTION_LINES),
            ("parameters", every, PARAMETERS),
            ("positional parameters", len(said), by_place),
            ("levels of nesting", depth(node), NESTING),
        )
        for what, number, most in counts:
            if number > most and not (what != "lines" and module.startswith("tests.")):
                yield f"{node.lineno}: {node.name} has {number} {what}, {most} are allowed"


def cython_function_sizes(_module: str, text: str) -> Iterator[str]:
    """Lines of each function, which ends where something stands as far left as its own `def`."""
    lines = text.splitlines()
    for start, line in enumerate(lines):
        head = CYTHON_FUNCTION.match(line)
        if head is None:
            continue
        inside = (head[1] + " ", head[1] + ")")
        last = start
        for number in range(start + 1, len(lines)):
            if lines[number].strip() and not lines[number].startswith(inside):
                break
            last = number if lines[number].strip() else last
        if last - start + 1 > FUNCTION_LINES:
            yield f"{start + 1}: {last - start + 1} lines, {FUNCTION_LINES} are allowed"


def file_sizes(_module: str, text: str) -> Iterator[str]:
    lines = text.splitlines()
    if len(lines) > FILE_LINES:
        yield f"1: {len(lines)} lines, {FILE_LINES} are allowed"
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS:
            yield f"{number}: {len(line)} columns, {COLUMNS} are allowed"


def openings(_module: str, text: str) -> Iterator[str]:
    """A file opens with one sentence, then `from __future__ import annotations`."""
    tree = ast.parse(text)
    sentence = (ast.get_docstring(tree) or "").split("\n\n")[0]
    if not sentence.endswith((".", ":", "。")):
        yield "1: does not open with a sentence that says what the file is for"
    names = [node.module for node in tree.body if isinstance(node, ast.ImportFrom)]
    if len(tree.body) > 1 and "__future__" not in names:
        yield "1: lacks from __future__ import annotations"


def vague_names(module: str, text: str) -> Iterator[str]:
    if VAGUE.search(module):
        yield f"1: a file named {module} says nothing"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and VAGUE.search(node.name):
            yield f"{node.lineno}: the name {node.name} says nothing"


def naps(module: str, text: str) -> Iterator[str]:
    """Tests wait by `tests.waiting` or not at all; to give way to the loop is no nap."""
    if module.startswith("tests.") and module != "tests.waiting":
        for number, line in enumerate(text.splitlines(), 1):
            if NAP.search(line):
                yield f"{number}: naps"


def forbidden_words(_module: str, text: str) -> Iterator[str]:
    folders = (f"{ROOT}/", f"{SHARED}/")  # no file may know the machine it was written on
    for number, line in enumerate(text.splitlines(), 1):
        if match := WORDS.search(line):
            yield f"{number}: says {match[0]}"
        if any(folder in line for folder in folders):
            yield f"{number}: names a folder of this machine"


Check = Callable[[str, str], Iterator[str]]
PYTHON = (".py",)
CYTHON = (".pyx", ".pxd")
CHECKS: dict[Check, tuple[str, ...]] = {
    forbidden_imports: (".py", ".pyi"),
    forbidden_cimports: CYTHON,
    function_sizes: PYTHON,
    cython_function_sizes: (".pyx",),
    file_sizes: (*PYTHON, *CYTHON),
    openings: PYTHON,
    vague_names: PYTHON,
    naps: PYTHON,
    forbidden_words: (*PYTHON, *CYTHON, ".pyi"),
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_tree_keeps_the_house_rule(check: Check) -> None:
    breaches = [
        f"{path.relative_to(ROOT)}:{breach}"
        for path in sources(*CHECKS[check])
        for breach in check(module_name(path), path.read_text())
    ]
    assert not breaches, "\n".join(["", *breaches])


BAD = [
    (forbidden_imports, "pbx.queue.acd", "def f():\n    import time"),
    (forbidden_imports, "pbx.queue.acd", "from pbx.service import store"),
    (forbidden_imports, "pbx.queue.acd", "import numpy"),
    (forbidden_imports, "pbx.queue.acd", "import importlib\nimportlib.import_module('numpy')"),
    (
        forbidden_imports,
        "pbx.queue.acd",
        "T = {'a': 'pbx.service.record.store'}\ndef f(n):\n import_module(T[n])",
    ),
    (forbidden_imports, "pbx.planning.roster", "from pbx.service import store"),
    (forbidden_imports, "pbx.sip.agent", "import asyncio.events"),
    (forbidden_imports, "pbx.sip.agent", "from . import dialog"),
    (forbidden_imports, "kernel.acd.engine", "import msgspec"),
    (forbidden_imports, "config.layers", "from pbx import events"),
    (forbidden_imports, "drivers.phones", "from pbx import exchange"),
    (forbidden_imports, "pbx.service.daemon", "from tui import app"),
    (forbidden_imports, "tui.app", "from pbx.service import store"),
    (forbidden_cimports, "kernel.acd.engine", "from pbx.events cimport Ring"),
    (function_sizes, "pbx.x", "def f():\n" + "    a = 1\n" * 50),
    (function_sizes, "pbx.x", "def f(a, b, *, c, d, e, f): pass"),
    (function_sizes, "pbx.x", "def f(a, b, c): pass"),
    (
        function_sizes,
        "pbx.x",
        "def f():\n for a in b:\n  if a:\n   with a:\n    while a:\n     pass",
    ),
    (
        cython_function_sizes,
        "kernel.x",
        "cdef int f(\n    int a,\n) noexcept:\n" + "    a = 1\n" * 50,
    ),
    (file_sizes, "pbx.x", "\n" * 401),
    (file_sizes, "pbx.x", "x" * 101),
    (openings, "pbx.x", "import sys"),
    (openings, "pbx.x", '"""no sentence"""'),
    (openings, "pbx.x", '"""A sentence."""\nimport sys'),
    (vague_names, "pbx.call_util", ""),
    (vague_names, "pbx.call", "class CallManager: pass"),
    (vague_names, "pbx.call", "def call_helper(): pass"),
    (forbidden_words, "pbx.x", "# TO" + "DO later"),
    (naps, "tests.x", "await asyncio.sl" + "eep(0.1)"),
    (forbidden_words, "tests.x", "time.sl" + "eep(1)"),
]
GOOD = [
    (forbidden_imports, "pbx.queue.acd", "import heapq, hashlib\nfrom kernel import acd"),
    (forbidden_imports, "pbx.planning.roster", "import numpy\nfrom pbx import figures"),
    (forbidden_imports, "pbx.service.daemon", "import time, drivers\nfrom pbx import exchange"),
    (forbidden_imports, "drivers.phones", "import asyncio\nfrom pbx import events, sip"),
    (forbidden_imports, "tui.app", "from pbx.service.ask import client\nfrom pbx import snapshot"),
    (forbidden_cimports, "kernel.acd.engine", "from libc.stdint cimport int64_t\nimport sys"),
    (function_sizes, "pbx.x", "def f(self, a, *, b):\n if a: pass\n elif b: pass\n elif 0: pass"),
    (function_sizes, "pbx.x", "def f(self, a, b, now, *, c): pass"),
    (
        cython_function_sizes,
        "kernel.x",
        "def f():\n" + "    a = 1\n" * 49 + "\n\ndef g():\n    a = 1",
    ),
    (naps, "tests.x", "await asyncio.sl" + "eep(0)"),
    (naps, "pbx.x", "await asyncio.sl" + "eep(1)"),
    (vague_names, "pbx.service.record.database", "class Call: pass"),
]


@pytest.mark.parametrize(("check", "module", "text"), BAD)
def test_a_breach_is_found(check: Check, module: str, text: str) -> None:
    assert list(check(module, text))


@pytest.mark.parametrize(("check", "module", "text"), GOOD)
def test_what_the_rules_allow_is_not_a_breach(check: Check, module: str, text: str) -> None:
    assert list(check(module, text)) == []
