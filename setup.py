"""Builds the kernel: every .pyx below `kernel` is one extension module, compiled in parallel.

A module that needs a library of the system is left out where that is not found.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

CORES = os.cpu_count() or 1
BUILD = Path("build/cython")
KEPT = f"{sysconfig.get_platform()}-{sys.implementation.cache_tag}"
# The packager's, if any. Without symbols: they take a fifth of the time and most of the room.
FLAGS = ["-pthread", *([] if "CFLAGS" in os.environ else ["-O2", "-g0"])]
# module -> header, library, Debian package
OPTIONAL = {"resample": ("speex/speex_resampler.h", "speexdsp", "libspeexdsp-dev")}


def has_library(header: str, library: str) -> bool:
    """Whether the C compiler finds both, with the packager's flags if there are any."""
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    flags = [word for name in ("CPPFLAGS", "CFLAGS", "LDFLAGS")
             for word in shlex.split(os.environ.get(name, ""))]  # fmt: skip
    try:
        done = subprocess.run(
            [*compiler, *flags, "-x", "c", "-", f"-l{library}", "-o", os.devnull],
            input=f"#include <{header}>\nint main(void) {{ return 0; }}\n",
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0


def module(source: Path) -> str:
    """The dotted name of a source file's module."""
    return ".".join(source.with_suffix("").parts)


def extension(source: Path) -> Extension | None:
    """The module of one source; None where its library is missing."""
    header, library, package = OPTIONAL.get(source.stem, ("", "", ""))
    if library and not has_library(header, library):
        print(f"{module(source)} is left out: {package} is not here", file=sys.stderr)
        return None
    return Extension(
        module(source),
        [str(source)],
        extra_compile_args=FLAGS,
        libraries=[library] if library else [],
    )


def cimported(text: str) -> set[str]:
    """Every dotted name that a source may cimport: of `from kernel.acd cimport index` both the
    package and the module in it, which Cython's own search passes over."""
    names = set(re.findall(r"^cimport\s+([\w.]+)", text, re.MULTILINE))
    for package, some in re.findall(r"from\s+([\w.]+)\s+cimport\s+(\([^)]*\)|[^\n]*)", text):
        names |= {package, *(f"{package}.{name}" for name in re.findall(r"\w+", some))}
    return names


def declarations(source: Path, found: frozenset[Path] = frozenset()) -> frozenset[Path]:
    """The .pxd files that a source rests on."""
    names = cimported(source.read_text()) | {module(source)}
    for path in (Path(*name.split(".")).with_suffix(".pxd") for name in sorted(names)):
        if path.exists() and path not in found:
            found = declarations(path, found | {path})
    return found


def is_stale(extension: Extension) -> bool:
    """Whether a declaration that the module rests on is newer than its C file."""
    source = Path(extension.sources[0])
    made = BUILD / source.with_suffix(".c")
    newest = max((path.stat().st_mtime for path in declarations(source)), default=0)
    return made.exists() and made.stat().st_mtime < newest


def translated(extensions: list[Extension], *, force: bool) -> list[Extension]:
    """The extensions with their C files made."""
    made: list[Extension] = cythonize(
        extensions,
        nthreads=CORES,
        build_dir=str(BUILD),
        language_level=3,
        annotate=False,
        force=force,
    )
    return made


class KeptBuild(build_ext):  # type: ignore[misc]
    """Compiles an editable install where the tree and its wheel are compiled, thus once: by
    itself it would in a folder that is gone afterwards."""

    def finalize_options(self) -> None:
        """Where the modules and the object files go."""
        super().finalize_options()
        if self.editable_mode:
            self.build_lib, self.build_temp = f"build/lib.{KEPT}", f"build/temp.{KEPT}"


def forget_what_has_no_source(kernel: Path) -> None:
    """Delete modules built of sources that are gone or have moved: they could still be imported."""
    for built in kernel.rglob("*.so"):
        if not built.with_name(built.name.partition(".")[0] + ".pyx").exists():
            built.unlink()


sources = sorted(Path("kernel").rglob("*.pyx"))
extensions = [each for path in sources if (each := extension(path))]
forget_what_has_no_source(Path("kernel"))
stale = [each for each in extensions if is_stale(each)]
setup(
    ext_modules=translated(stale, force=True)
    + translated([each for each in extensions if each not in stale], force=False),
    cmdclass={"build_ext": KeptBuild},
    options={"build_ext": {"parallel": CORES}},
)
