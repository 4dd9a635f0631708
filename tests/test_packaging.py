"""The package as users get it: sdist, wheel and editable install, without the network.

The wheel and the editable install are made of the unpacked sdist, so a source file that the sdist
forgets fails here, and the kernel is compiled once for both: without optimization, and from the C
files that the tree was built of where there are any, for what is tested is what lies where.
"""

from __future__ import annotations

import fcntl
import importlib.metadata
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.shared import ROOT

NAMES = ("pbx", "kernel", "drivers", "tui", "config")
OPTIONAL = ("resample",)  # built where its library is
NOT_COPIED = (".*", "build", "dist", "*.so", "*.egg-info", "__pycache__", "benchmarks", "tests")
PLAIN = {"CFLAGS": "-O0 -g0", "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}

# .ci/run builds a wheel, installs it where nothing else is and lets its demo answer calls; what is
# here beyond that, from the sdist on, takes the compiler once more.
pytestmark = [pytest.mark.timeout(900), pytest.mark.long]


def run(*words: str | Path, cwd: Path, **env: str) -> str:
    """Standard output of a command; its whole output in the failure."""
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={**os.environ, **PLAIN, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{words}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, unpacked as `agner`, and `dist` with the wheel built from that; made
    once for all workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "packaging"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "dist").exists():
            make(folder)
    return folder


def make(folder: Path) -> None:
    """From a copy of the sources alone, as a fresh checkout has them."""
    sources, unpacked = folder / "sources", folder / "agner"
    shutil.copytree(ROOT, sources, ignore=shutil.ignore_patterns(*NOT_COPIED))
    build = (sys.executable, "-m", "build", "--no-isolation")
    run(*build, "--sdist", "--outdir", folder / "sdist", sources, cwd=sources)
    unpacked.mkdir()
    (archive,) = (folder / "sdist").iterdir()
    run("tar", "-xf", archive, "--strip-components=1", cwd=unpacked)
    translated = Path("build", "cython")
    if (ROOT / translated).exists():  # copied now, they are newer than their sources
        shutil.copytree(ROOT / translated, unpacked / translated, copy_function=shutil.copyfile)
    run(*build, "--wheel", "--outdir", folder / "dist", unpacked, cwd=unpacked)


@pytest.fixture
def wheel(made: Path) -> Path:
    """The wheel."""
    (found,) = (made / "dist").iterdir()
    return found


def where(python: str | Path, cwd: Path, **env: str) -> dict[str, Path]:
    """Where `python` finds each of the five names, and every module of the kernel."""
    modules = [
        name
        for path in sorted((ROOT / "kernel").rglob("*.pyx"))
        if (name := ".".join(path.relative_to(ROOT).with_suffix("").parts))
        and (path.stem not in OPTIONAL or find_spec(name))
    ]
    lines = [f"import {name}; print({name}.__file__)" for name in (*NAMES, *modules)]
    found = run(python, "-c", "\n".join(lines), cwd=cwd, **env).splitlines()
    return {name: Path(path) for name, path in zip((*NAMES, *modules), found, strict=True)}


def test_the_wheel_holds_every_module_and_data_file_and_no_source_of_the_kernel(
    wheel: Path,
) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        str(path.relative_to(ROOT))
        for name in NAMES
        for path in (ROOT / name).rglob("*")
        if path.suffix in {".py", ".pyi", ".toml", ".wav"} or path.name == "py.typed"
    }
    assert wanted - held == set()
    assert not [name for name in held if name.endswith((".pyx", ".pxd", ".c"))]
    assert not [name for name in held if name.split("/")[0] in {"tests", "benchmarks"}]


def test_the_installed_wheel_imports_under_the_five_names_and_has_its_command(
    wheel: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    run(sys.executable, "-m", "pip", "install", "--no-deps", "--target", site, wheel, cwd=tmp_path)
    for name, path in where(sys.executable, tmp_path, PYTHONPATH=str(site)).items():
        assert path.is_relative_to(site), name
    usage = run(site / "bin" / "pbx", "--help", cwd=tmp_path, PYTHONPATH=str(site))
    assert "serve" in usage


def test_an_editable_install_imports_the_checkout_itself(made: Path, tmp_path: Path) -> None:
    """After the wheel, whose modules it finds compiled."""
    unpacked = made / "agner"
    venv = tmp_path / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=tmp_path)
    python = venv / "bin" / "python"
    ours = sysconfig.get_path("purelib")
    theirs = run(
        python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path
    )
    Path(theirs.strip(), "dependencies.pth").write_text(f"{ours}\n")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps"]
    run(*pip, "--no-build-isolation", "--editable", unpacked, cwd=tmp_path)
    for name, path in where(python, tmp_path).items():
        assert path.is_relative_to(unpacked), name


def test_no_other_distribution_owns_one_of_the_five_names() -> None:
    owners = importlib.metadata.packages_distributions()
    for name in NAMES:
        assert set(owners.get(name, [])) <= {"agner"}, name
