"""Menus: a prompt, a key, a way to go.

    enter -> Say prompt -> key               -> its target
                  |------> no key in time    -> the prompt again, `retries` times -> `otherwise`
                  |------> a key not in it   -> "that is no option", the prompt again, likewise

A key interrupts the prompt. Without `otherwise` a caller who presses nothing hears goodbye.
"""

from __future__ import annotations

from config.settings import Menu
from pbx import routing
from pbx.call import Call
from pbx.notes import MenuPassed
from pbx.routing import Destination
from pbx.stay import phrases
from pbx.stay.stay import Stay, begin, leave

PASSED_MAX = 20  # menus that one call goes through
GOODBYE = Destination("announce", "goodbye")


class Menus(Stay):
    """`name` is the menu's."""

    takes_keys = True

    def enter(self, call: Call, name: str, now: int) -> Destination | None:
        """A caller comes into a menu and hears its prompt."""
        menu = self.turn.settings.menu.get(name)
        call.menus += 1
        if menu is None or call.menus > PASSED_MAX:
            return GOODBYE
        call.language = menu.language or call.language
        self.voice.answer(call, now)
        call.begin("menu", now, queue=name)
        begin(call, "menu", name=name)
        self._ask(call, menu, now)
        return None

    def _ask(self, call: Call, menu: Menu, now: int, *, first: str = "") -> None:
        names = [name for name in (first, menu.prompt) if name]
        sounds = tuple(phrases.prompt(name, call.language) for name in names)
        if sounds:
            self.voice.say(call, sounds, what=menu.prompt or first, now=now)
        else:
            self.voice.wait(call, menu.timeout_ms, now)

    def heard(self, call: Call, whole: bool, now: int) -> None:
        """The prompt is over: from now on the caller has `timeout_s`."""
        menu = self._menu(call)
        if menu is not None:
            self.voice.wait(call, menu.timeout_ms, now)

    def key(self, call: Call, key: str, now: int) -> Destination | None:
        """The caller presses a key, perhaps while the prompt still plays."""
        menu = self._menu(call)
        if menu is None:
            return GOODBYE
        target = menu.keys.get(key)
        if target is None:
            return self._again(call, menu, first="invalid_key", now=now)
        return self._leave(call, key, target=target, now=now)

    def over(self, call: Call, now: int) -> Destination | None:
        """The caller has pressed nothing in time."""
        menu = self._menu(call)
        return self._again(call, menu, first="", now=now) if menu is not None else GOODBYE

    def _menu(self, call: Call) -> Menu | None:
        return self.turn.settings.menu.get(call.stay.name) if call.stay else None

    def _again(self, call: Call, menu: Menu, *, first: str, now: int) -> Destination | None:
        assert call.stay is not None
        call.stay.tries += 1
        call.step += 1
        if call.stay.tries <= menu.retries:
            self._ask(call, menu, now=now, first=first)
            return None
        return self._leave(call, "", target=menu.otherwise, now=now)

    def _leave(self, call: Call, key: str, *, target: str, now: int) -> Destination:
        assert call.stay is not None
        call.finish("menu", now, detail=key)
        wall = self.state.wall(now)
        self.turn.notes.append(MenuPassed(call.id, call.stay.name, key, target, wall))
        leave(call)
        return routing.parse(target, call.called) if target else GOODBYE
