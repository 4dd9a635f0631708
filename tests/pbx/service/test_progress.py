"""Progress: only on a terminal, only after a second."""

from __future__ import annotations

import io

from pbx.service.progress import PATIENCE_S, Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO, patience_s: float = PATIENCE_S) -> str:
    """What a work shows that is half done at once, and then at its end."""
    progress = Progress("counting", stream, patience_s=patience_s)
    progress.of(1, 2)
    progress.of(3, 5)  # too soon for another line
    progress.end()
    progress.end()
    return stream.getvalue()


def test_quick_work_shows_nothing():
    assert shown(Terminal()) == ""


def test_long_work_shows_how_far_it_is_and_clears_the_line():
    assert shown(Terminal(), patience_s=0) == "\rcounting  50%\033[K\r\033[K"


def test_no_terminal_sees_progress():
    assert shown(io.StringIO(), patience_s=0) == ""
