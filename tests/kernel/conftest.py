"""A media thread for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kernel.media.far_end import Switchboard
from tests.ports import Ports


@pytest.fixture
def board(free_ports: Ports) -> Iterator[Switchboard]:
    """A running media thread on ports of its own, and the far ends of its legs."""
    started = Switchboard(free_ports.block(40))
    yield started
    started.stop()
