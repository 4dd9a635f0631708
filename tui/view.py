"""What all screens have: the bar with the age of the data, the banner, the filter, the keys.

 demo  09:41:07  data 0.2s old   1 Wall  2 Agents  3 Queues  4 Calls        <- bar
 no connection since 09:40:51, last data 09:40:50                           <- banner, if so
 Queues > sales   sort: WAIT v                                              <- title
 … what the screen draws …
 p pause  u ready again  o log out   / filter  space freeze  ? keys         <- hints
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, ClassVar, Protocol, cast

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static

from pbx.service.ask.client import CallError
from tui.feed import Feed, NoConnection
from tui.fields import Row, text
from tui.live_table import LiveTable
from tui.marks import AGE_S, COLOURS, SIGNS, above
from tui.text import age, clean
from tui.words import ZH, Words

REFUSAL_SHOWN_S = 8.0
WIDE = 96  # cells from which on the bar has room for more blanks


class Console(Protocol):
    """What a screen needs of the console."""

    feed: Feed
    words: Words
    is_frozen: bool
    is_slow: bool
    trail: list[tuple[str, str]]
    views: dict[str, tuple[str, str]]  # of each screen: its key and its title

    def go(self, name: str, subject: str = "") -> None:
        """Open a screen about something; esc leads back."""


class View(Screen[None]):
    """A screen over the last snapshot; `subject` is what it is about, a queue or a call."""

    ACTIONS: ClassVar[tuple[str, ...]] = ()  # those that change something
    AUTO_FOCUS = "LiveTable"  # never the filter's line, which would swallow the keys
    BINDINGS: ClassVar[list[BindingType]] = [Binding("slash", "filter", "filter", key_display="/")]
    DEFAULT_CSS = """
    View { layout: vertical; }
    View > #bar { height: 1; background: $primary-background; color: $foreground; }
    View > #banner { height: auto; background: $error; color: $background; text-style: bold; }
    View > #title { height: 1; color: $text-muted; padding: 0 1; }
    View LiveTable { margin: 0 1; }
    View > #hints { height: 1; background: $surface; }
    View > #filter { height: 1; border: none; padding: 0 1; background: $boost; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.subject = ""
        self._drawn: dict[str, object] = {}
        self._lang = ""
        self._is_composed = False

    # ---- for a screen to fill in -------------------------------------------------------------

    def body(self) -> Iterable[Widget]:
        """The widgets between title and hints."""
        return ()

    def show(self, data: Row, now: float) -> None:
        """Draw a snapshot."""

    def tick(self, now: float) -> None:
        """A second has passed: draw timers."""
        for table in self.query(LiveTable):
            table.tick(now)

    def heading(self) -> str:
        """What is told beside the title."""
        return ""

    # ---- the frame ---------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """True while all of it is there to be drawn on."""
        return self._is_composed and self.app.is_running

    @property
    def console(self) -> Console:
        """The console this screen belongs to."""
        return cast("Console", self.app)

    def say(self, english: str, /, **values: object) -> str:
        """A text in the language of the moment."""
        return self.console.words.say(english, **values)

    def compose(self) -> ComposeResult:
        """Bar, banner, title, body, filter, hints."""
        yield Static(id="bar")
        yield Static(id="banner")
        yield Static(id="title")
        yield from self.body()
        entry = Input(id="filter", compact=True)
        entry.display = False
        yield entry
        yield Static(id="hints")

    def on_mount(self) -> None:
        """Draw what there is already."""
        self.query_one("#banner").display = False
        self._is_composed = True
        self.draw()

    def on_screen_resume(self) -> None:
        """Shown again: draw what came in the meantime."""
        self.draw()

    def draw(self) -> None:
        """Draw all there is, as of now."""
        feed = self.console.feed
        if not self.is_open:
            return
        if self._lang != self.console.words.lang:
            self._lang = self.console.words.lang
            for table in self.query(LiveTable):
                table.redraw()
        if feed.has_picture and not self.console.is_frozen:
            self.show(feed.picture.data, feed.now)
        self.draw_frame()

    def draw_frame(self) -> None:
        """Bar, banner, title and hints, each only if it differs."""
        if not self.is_open:
            return
        self._put("#bar", self._bar())
        banner = self._banner()
        self.query_one("#banner").display = bool(banner)
        self._put("#banner", Content(f" {banner}"))
        self._put("#title", self._title())
        self._put("#hints", self._hints())

    def _put(self, selector: str, content: Content) -> None:
        if self._drawn.get(selector) != content:
            self._drawn[selector] = content
            self.query_one(selector, Static).update(content)

    def _bar(self) -> Content:
        """Site, clock, age of the data, the screens."""
        feed = self.console.feed
        site = text(feed.picture.data, "site") or "PBX"
        clock = feed.clock(feed.now)
        here = self.console.trail[-1][0] if self.console.trail else ""
        parts: list[Any] = [(f" {site} ", "bold"), f" {clock}  ", self._age(), "  "]
        form = " {} {} " if self.size.width >= WIDE else "{}{}"
        for name, (key, title) in self.console.views.items():
            style = "bold reverse" if name == here else ""
            parts += [(form.format(key, self.say(title)), style), "" if " " in form else " "]
        return Content.assemble(*parts)

    def _age(self) -> tuple[str, str]:
        feed = self.console.feed
        if self.console.is_frozen:
            return f" {self.say('frozen').upper()} ", "bold reverse $text-warning"
        if not feed.has_picture:
            return self.say("no data yet"), COLOURS["dim"]
        mark = above(feed.age_s, AGE_S) if feed.is_live else "bad"
        told = self.say("data {age} old", age=age(feed.age_s))
        return f"{told} {SIGNS.get(mark, '')}", COLOURS[mark or "good"]

    def _banner(self) -> str:
        """What is wrong with the connection, if anything is."""
        feed = self.console.feed
        if not feed.fault:
            return ""
        if not feed.has_picture:
            path = clean(feed.path)
            told = "no exchange answers at {path}: {reason}; trying again"
            return self.say(told, path=path, reason=clean(feed.fault))
        wall = feed.now - time.monotonic()
        since, last = (
            feed.clock(wall + at)
            for at in (feed.lost_s, feed.picture.taken_s)
        )
        told = "no connection since {time}, last data {last}; trying again: {reason}"
        return self.say(told, time=since, last=last, reason=clean(feed.fault))

    def _title(self) -> Content:
        """The way here, then what this screen tells of itself."""
        names = [
            self.say(self.console.views[name][1]) + (f" {clean(subject)}" if subject else "")
            for name, subject in self.console.trail
            if name in self.console.views
        ]
        words = [self.heading()]
        if self.console.feed.role == "monitor":
            words.append(self.say("monitor, may only look"))
        for table in self.query(LiveTable):
            if table.sorting:
                words.append(self.say("sort: {column}", column=table.sorting))
        sought = self.query_one("#filter", Input).value
        if sought:
            words.append(self.say("filter: {text}", text=clean(sought)))
        told = "   ".join(word for word in words if word)
        return Content.assemble((" > ".join(names), "bold"), "   ", told)

    def _hints(self) -> Content:
        """The keys of this screen that are worth a place."""
        parts: list[Any] = [" "]
        for key, told in self.keys(is_all=False):
            parts += [(key, "bold $text-accent"), f" {told}   "]
        return Content.assemble(*parts)

    def keys(self, *, is_all: bool = True) -> list[tuple[str, str]]:
        """The keys that work here, each with what it does; without `is_all` the main ones."""
        found: dict[str, list[str]] = {}
        for active in self.ordered_bindings():
            binding = active.binding
            if binding.description not in ZH or not (is_all or binding.show):
                continue  # Textual's own ones for scrolling are not told
            if binding.action in self.ACTIONS and not self.console.feed.may_write:
                continue
            key = binding.key_display or self.app.get_key_display(binding)
            found.setdefault(self.say(binding.description), []).append(key)
        return [(" ".join(keys if is_all else keys[:1]), told) for told, keys in found.items()]

    def ordered_bindings(self) -> list[ActiveBinding]:
        """What keys do here: this screen's own first, then the table's, then everybody's."""
        nodes = (self, self.focused, self.app)
        return sorted(self.active_bindings.values(), key=lambda each: _at(each.node, nodes))

    # ---- filter ------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a table can be filtered."""
        return action != "filter" or any(table.can_focus for table in self.query(LiveTable))

    def action_filter(self) -> None:
        """Ask for the words rows must have."""
        entry = self.query_one("#filter", Input)
        entry.placeholder = self.say("filter")
        entry.display = True
        entry.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while typing."""
        if event.input.id == "filter":
            for table in self.query(LiveTable):
                table.filter(event.value)
            self.draw_frame()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter, go back to the rows."""
        if event.input.id == "filter":
            self._leave_filter()

    def leave(self) -> bool:
        """Esc, before it leads back: close and empty the filter; False if there is none."""
        entry = self.query_one("#filter", Input)
        if not entry.display and not entry.value:
            return False
        entry.value = ""
        self._leave_filter()
        return True

    def _leave_filter(self) -> None:
        self.query_one("#filter").display = False
        tables = self.query(LiveTable)
        if tables:
            tables.first().focus()

    # ---- acting ------------------------------------------------------------------------------

    def may_act(self) -> bool:
        """Whether this user may do more than look; says so if not."""
        if not self.console.feed.may_write:
            self.app.notify(self.say("you may only look here"), severity="warning")
        return self.console.feed.may_write

    def act(self, what: str, method: str, **params: str) -> None:
        """Ask the exchange to do something, and tell what came of it."""
        self.run_worker(self._act(what, method, params=params))

    async def _act(self, what: str, method: str, *, params: dict[str, str]) -> None:
        fault = await self._why_not(method, params)
        if fault:
            self.app.notify(clean(fault), severity="error", timeout=REFUSAL_SHOWN_S, markup=False)
        else:
            self.app.notify(clean(self.say("{what}: done", what=what)), markup=False)

    async def _why_not(self, method: str, params: dict[str, str]) -> str:
        """Do it; why it could not be done, or nothing."""
        try:
            await self.console.feed.ask(method, **params)
        except CallError as error:
            return self.say("refused: {reason}", reason=error.reason)
        except (NoConnection, ConnectionError):
            return self.say("no connection")
        except OSError:
            return self.say("no answer came")
        return ""



def _at(node: object, nodes: tuple[object, ...]) -> int:
    """The place of a node among `nodes`; behind them if it is not there."""
    return nodes.index(node) if node in nodes else len(nodes)
