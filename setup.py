"""Builds the kernel: every `kernel/*.pyx` is one extension module, compiled in parallel."""

from __future__ import annotations

import os
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

CORES = os.cpu_count() or 1
FLAGS = ["-pthread", *([] if "CFLAGS" in os.environ else ["-O2"])]  # the packager's, if any

extensions = [
    Extension(f"kernel.{source.stem}", [str(source)], extra_compile_args=FLAGS)
    for source in sorted(Path("kernel").glob("*.pyx"))
]

setup(
    ext_modules=cythonize(
        extensions, nthreads=CORES, build_dir="build/cython", language_level=3, annotate=False
    ),
    options={"build_ext": {"parallel": CORES}},
)
