"""The console: its screens, the keys that work on all of them, and the feed they draw from."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, cast

from textual.app import App
from textual.binding import Binding, BindingType
from textual.command import CommandPalette
from textual.screen import Screen
from textual.scrollbar import ScrollBar, ScrollBarRender

from tui.agents import Agents
from tui.calls import Calls
from tui.dialogs import Keys
from tui.feed import BUSY_S, SLOW_S, Feed
from tui.fields import text
from tui.log import Log
from tui.palette import Commands
from tui.queues import Queues
from tui.themes import CYCLE, OURS
from tui.trunks import Trunks
from tui.view import View
from tui.wallboard import Wallboard
from tui.words import Words

TICK_S, SLOW_TICK_S = 1.0, 10.0
VIEWS = {  # of each screen: its key, with F before it too, and its title
    "wall": ("1", "Wall"),
    "agents": ("2", "Agents"),
    "queues": ("3", "Queues"),
    "calls": ("4", "Calls"),
    "trunks": ("8", "Trunks"),
    "log": ("9", "Log"),
}


class PlainBars(ScrollBarRender):
    """Scroll bars of whole cells: the signs for parts of a cell have no certain width."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "] * 8
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "] * 8


class ConsoleApp(App[None]):
    """Meets `tui.view.Console`."""

    SCREENS: ClassVar[dict[str, Callable[[], Screen[Any]]]] = {
        "wall": Wallboard,
        "agents": Agents,
        "queues": Queues,
        "calls": Calls,
        "trunks": Trunks,
        "log": Log,
    }
    COMMANDS: ClassVar[set[Any]] = {Commands}
    TITLE = "Agner"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(f"{key},f{key}", f"view('{name}')", title, show=False)
            for name, (key, title) in VIEWS.items()
        ),
        Binding("space", "freeze", "freeze", key_display="space"),
        Binding("escape", "return", "back", key_display="esc", show=False),
        Binding("question_mark", "keys", "keys", key_display="?"),
        Binding("colon,ctrl+p", "command_palette", "palette"),
        Binding("L", "language", "language", show=False),
        Binding("T", "theme", "theme", show=False),
        Binding("q", "quit", "quit"),
    ]
    CSS = """
    Toast { border: none; padding: 1 2; }
    CommandPalette #--input, CommandPalette CommandList { border: none; }
    """

    def __init__(self, path: Path, *, lang: str = "", is_slow: bool = False) -> None:
        super().__init__()
        self.is_slow = is_slow
        self.is_frozen = False
        self.views = VIEWS
        self.trail: list[tuple[str, str]] = [("wall", "")]
        self._is_plain = os.environ.get("TERM") == "linux"  # its fonts have no Chinese
        self._has_language = bool(lang) or self._is_plain
        self.words = Words("en" if self._is_plain else lang)
        busy_s = SLOW_S if is_slow else BUSY_S
        self.feed = Feed(path, self._changed, lang=lang, busy_s=busy_s)
        for theme in OURS:
            self.register_theme(theme)
        self.theme = OURS[0].name
        ScrollBar.renderer = PlainBars

    def on_mount(self) -> None:
        """Show the wallboard, connect."""
        self.push_screen(self.trail[-1][0])
        self.set_interval(SLOW_TICK_S if self.is_slow else TICK_S, self._tick)
        self.run_worker(self.feed.run())

    def go(self, name: str, subject: str = "") -> None:
        """Open a screen about something; esc leads back."""
        self.trail.append((name, subject))
        self._open()

    def action_view(self, name: str) -> None:
        """Open a screen by its key."""
        self.trail = [(name, "")]
        self._open()

    def _open(self) -> None:
        name, subject = self.trail[-1]
        view = cast("View", self.get_screen(name))
        view.subject = subject
        if self.view is view:
            view.draw()
        else:
            self.switch_screen(name)

    @property
    def view(self) -> View | None:
        """The screen in sight, or below a small window."""
        return next((each for each in reversed(self.screen_stack) if isinstance(each, View)), None)

    def _changed(self) -> None:
        """Something came, or the connection went."""
        if not self._has_language and self.feed.has_picture:
            self._has_language = True
            self.words.lang = Words(text(self.feed.picture.data, "language")).lang
        if self.view:
            self.view.draw()

    def _tick(self) -> None:
        view = self.view
        if view and view.is_open:
            if not self.is_frozen and self.feed.has_picture:
                view.tick(self.feed.now)
            view.draw_frame()

    # ---- keys --------------------------------------------------------------------------------

    def action_return(self) -> None:
        """Close what is open on the screen, else go back the way one came."""
        if self.view and self.view.leave():
            return
        if len(self.trail) > 1:
            self.trail.pop()
            self._open()
        elif self.trail[0][0] != "wall":
            self.action_view("wall")

    def action_freeze(self) -> None:
        """Hold the picture still; again, go on."""
        self.is_frozen = not self.is_frozen
        if self.view:
            self.view.draw()

    def action_keys(self) -> None:
        """Show the keys of this screen."""
        if self.view:
            self.push_screen(Keys(self.view.keys(), self.words.say))

    def action_language(self) -> None:
        """English or Chinese."""
        if self._is_plain:
            self.notify(self.words.say("this terminal cannot show Chinese: use SSH or kmscon"))
            return
        self._has_language = True
        self.words.turn()
        if self.view:
            self.view.draw()

    def action_theme(self) -> None:
        """The next colours."""
        place = CYCLE.index(self.theme) if self.theme in CYCLE else -1
        self.theme = CYCLE[(place + 1) % len(CYCLE)]
        self.notify(self.words.say("theme {name}", name=self.theme), timeout=2)

    def action_command_palette(self) -> None:
        """Everything by its name."""
        if not any(isinstance(each, CommandPalette) for each in self.screen_stack):
            placeholder = self.words.say("Search for a command")
            self.push_screen(CommandPalette(placeholder=placeholder, id="--command-palette"))
