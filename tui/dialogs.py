"""Small windows over a screen: a question before something is done, a reason, the keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.text import clean, fit, width_of

REASON_MAX = 100
STYLE = """
    {name} {{ align: center middle; background: $background 60%; }}
    {name} > Vertical {{
        width: auto; min-width: 40; max-width: 90%; height: auto; max-height: 90%;
        background: $panel; padding: 1 2; overflow-y: auto;
    }}
    {name} Static {{ width: auto; max-width: 100%; }}
"""


class Confirm(ModalScreen[bool]):
    """A question; y or F5 is yes, anything that looks like no is no."""

    DEFAULT_CSS = STYLE.format(name="Confirm")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,Y,f5", "dismiss(True)"),
        Binding("n,N,escape,q", "dismiss(False)"),
    ]

    def __init__(self, question: str, hint: str) -> None:
        super().__init__()
        self._lines = (clean(question), hint)

    def compose(self) -> ComposeResult:
        """The question and the keys."""
        with Vertical():
            yield Static(Content.styled(self._lines[0], "bold"))
            yield Static("")
            yield Static(Content.styled(self._lines[1], "$text-muted"))


class Ask(ModalScreen[str | None]):
    """A question answered by a line of text; None if it is left."""

    DEFAULT_CSS = STYLE.format(name="Ask")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)")]

    def __init__(self, question: str, hint: str) -> None:
        super().__init__()
        self._lines = (clean(question), hint)

    def compose(self) -> ComposeResult:
        """The question, the line, the keys."""
        with Vertical():
            yield Static(Content.styled(self._lines[0], "bold"))
            yield Input(id="answer", compact=True, max_length=REASON_MAX)
            yield Static(Content.styled(self._lines[1], "$text-muted"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: that is the answer."""
        event.stop()
        self.dismiss(clean(event.value).strip())


class Keys(ModalScreen[None]):
    """The keys of the screen below."""

    DEFAULT_CSS = STYLE.format(name="Keys")

    def __init__(self, keys: Sequence[tuple[str, str]], say: Callable[[str], str]) -> None:
        super().__init__()
        self._keys, self._say = keys, say

    def compose(self) -> ComposeResult:
        """A line for each key."""
        width = max((width_of(key) for key, _ in self._keys), default=0)
        with Vertical():
            for key, told in self._keys:
                yield Static(Content.assemble((fit(key, width), "bold $text-accent"), "  ", told))
            yield Static("")
            yield Static(Content.styled(self._say("any key closes this"), "$text-muted"))

    def on_key(self, event: events.Key) -> None:
        """Close, except to scroll."""
        if event.key not in ("up", "down", "pageup", "pagedown"):
            event.stop()
            self.dismiss()
