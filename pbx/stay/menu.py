"""Menus: a prompt, a key, a way to go.

    enter -> Say prompt -> key               -> its target
                  |------> no key in time    -> the prompt again, `retries` times -> `otherwise`
                  |------> a key not in it   -> "that is no option", the prompt again, likewise

A key interrupts the prompt. Without `otherwise` a caller who presses nothing hears goodbye.
"""

from __future__ import annotations

from config.settings import Menu
from pbx import routing
from pbx.call import Call, Flow
from pbx.notes import MenuPassed
from pbx.routing import Destination
from pbx.state import State, Turn
from pbx.stay import phrases
from pbx.stay.voice import Voice

PASSED_MAX = 20  # menus that one call goes through
GOODBYE = Destination("announce", "goodbye")


class Menus:
    """Leads callers through menus. Returned is where a call goes on, None while it stays."""

    def __init__(self, state: State, turn: Turn, voice: Voice) -> None:
        self.state = state
        self.turn = turn
        self.voice = voice

    def enter(self, call: Call, name: str, now: int) -> Destination | None:
        """A caller comes into a menu and hears its prompt."""
        menu = self.turn.settings.menu.get(name)
        call.menus += 1
        if menu is None or call.menus > PASSED_MAX:
            return GOODBYE
        call.language = menu.language or call.language
        self.voice.answer(call, now)
        call.begin("menu", now, queue=name)
        call.flow = Flow("menu", name)
        self._ask(call, menu, now)
        return None

    def _ask(self, call: Call, menu: Menu, now: int, first: str = "") -> None:
        names = [name for name in (first, menu.prompt) if name]
        sounds = tuple(phrases.prompt(name, call.language) for name in names)
        if sounds:
            self.voice.say(call, sounds, menu.prompt or first, now)
        else:
            self.voice.wait(call, menu.timeout_ms, now)

    def heard(self, call: Call, now: int) -> None:
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
            return self._again(call, menu, "invalid_key", now)
        return self._leave(call, key, target, now)

    def silent(self, call: Call, now: int) -> Destination | None:
        """The caller has pressed nothing in time."""
        menu = self._menu(call)
        return self._again(call, menu, "", now) if menu is not None else GOODBYE

    def _menu(self, call: Call) -> Menu | None:
        return self.turn.settings.menu.get(call.flow.name) if call.flow else None

    def _again(self, call: Call, menu: Menu, first: str, now: int) -> Destination | None:
        assert call.flow is not None
        call.flow.tries += 1
        call.step += 1
        if call.flow.tries <= menu.retries:
            self._ask(call, menu, now, first)
            return None
        return self._leave(call, "", menu.otherwise, now)

    def _leave(self, call: Call, key: str, target: str, now: int) -> Destination:
        assert call.flow is not None
        call.finish("menu", now, detail=key)
        wall = self.state.wall(now)
        self.turn.notes.append(MenuPassed(call.id, call.flow.name, key, target, wall))
        call.flow, call.play = None, 0
        call.step += 1
        return routing.parse(target, call.called) if target else GOODBYE
