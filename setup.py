"""Builds the kernel: every `kernel/*.pyx` is one extension module, compiled in parallel.

A module that needs a library of the system is left out where that is not found.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

CORES = os.cpu_count() or 1
FLAGS = ["-pthread", *([] if "CFLAGS" in os.environ else ["-O2"])]  # the packager's, if any
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


def extension(source: Path) -> Extension | None:
    """The module of one source; None where its library is missing."""
    header, library, package = OPTIONAL.get(source.stem, ("", "", ""))
    if library and not has_library(header, library):
        print(f"kernel.{source.stem} is left out: {package} is not here", file=sys.stderr)
        return None
    return Extension(
        f"kernel.{source.stem}",
        [str(source)],
        extra_compile_args=FLAGS,
        libraries=[library] if library else [],
    )


setup(
    ext_modules=cythonize(
        [each for path in sorted(Path("kernel").glob("*.pyx")) if (each := extension(path))],
        nthreads=CORES,
        build_dir="build/cython",
        language_level=3,
        annotate=False,
    ),
    options={"build_ext": {"parallel": CORES}},
)
