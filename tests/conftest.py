"""What every test may ask for: free ports, a running `pbx serve`, settled random seeds."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.ports import Ports
from tests.shared import IN_CI
from tests.site import Site

hypothesis.settings.register_profile("house", deadline=None, derandomize=IN_CI)
hypothesis.settings.load_profile("house")

# A shell's job in the background begins with ^C ignored, and so would all that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """More than cores: with real peers a test waits for half of its time."""
    return (os.cpu_count() or 1) * 3 // 2


@pytest.fixture(scope="session")
def free_ports() -> Ports:
    """Loopback ports nobody else has; see `tests.ports`."""
    return Ports()


@pytest.fixture
def serve(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[str], Site]]:
    """Start `pbx serve` with a configuration given as text; its stderr is shown on failure."""
    sites: list[Site] = []

    def start(toml: str) -> Site:
        folder = tmp_path / f"site{len(sites)}"
        folder.mkdir()
        sites.append(Site(folder, toml))
        return sites[-1].start()

    yield start
    for site in sites:
        site.kill()
        request.node.add_report_section("teardown", "pbx serve", site.log.read_text()[-8000:])
