"""The palette: every key of the screen by its name, and every queue and agent to jump to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from tui.fields import rows, text
from tui.view import Console, View
from tui.words import ZH

Entry = tuple[str, Callable[[], Any]]


class Commands(Provider):
    """What can be done here, found by a part of its name."""

    async def discover(self) -> Hits:
        """All keys, before anything is typed."""
        for told, run in self._keys():
            yield DiscoveryHit(told, run)

    async def search(self, query: str) -> Hits:
        """What matches."""
        matcher = self.matcher(query)
        for told, run in (*self._keys(), *self._places()):
            score = matcher.match(told)
            if score > 0:
                yield Hit(score, matcher.highlight(told), run)

    @property
    def _console(self) -> Console:
        return cast("Console", self.app)

    def _keys(self) -> Iterator[Entry]:
        screen = self.screen
        if not isinstance(screen, View):
            return
        seen = set()
        for active in screen.ordered_bindings():
            binding = active.binding
            told = screen.say(binding.description)
            if binding.description in ZH and told not in seen:
                seen.add(told)
                yield told, partial(self.app.run_action, binding.action, active.node)

    def _places(self) -> Iterator[Entry]:
        data = self._console.feed.picture.data
        say = self._console.words.say
        for row in rows(data, "queues"):
            queue = text(row, "queue")
            yield f"{say('QUEUE')} {queue}", partial(self._console.go, "queues", queue)
        for row in rows(data, "agents"):
            agent = text(row, "agent")
            told = f"{say('AGENT')} {agent} {text(row, 'name')}"
            yield told, partial(self._console.go, "agents", agent)
