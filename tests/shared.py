"""Where the tests find reference data that is used in place and not kept in the tree.

The folder is `AGNER_SHARED`, else `shared` beside the checkout. A test that wants a file of it says
so with `needs`, and is skipped with the reason where the folder is not there.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
IN_CI = os.environ.get("CI") == "true"
SHARED = Path(os.environ.get("AGNER_SHARED") or ROOT.parent / "shared")


def needs(path: str | Path) -> Path:
    """The file or folder `path` of the shared data; skips the test or module that lacks it."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(
            f"shared data {path} is not here: set AGNER_SHARED to its folder",
            allow_module_level=True,
        )
    return found
