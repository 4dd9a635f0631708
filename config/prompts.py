"""Checks of what callers are told: every prompt is there, and nobody is recorded unannounced.

A prompt is `prompts/LANGUAGE/NAME.wav` in the data directory, else the one shipped with the
exchange; what is missing in a language is heard in English.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from os.path import isfile  # false, where pathlib raises, for a folder that we may not read
from pathlib import Path as File

from config import flow_graph
from config.forms import check_name
from config.lines import Path
from config.problems import Finding, suggestion, tried
from config.settings import Settings

SHIPPED = File(__file__).parent.parent / "pbx" / "sounds"
FALLBACK = "en"


class _Prompts:
    """The prompts there are for a site; each file is looked for once."""

    def __init__(self, settings: Settings) -> None:
        self._folders = (File(settings.site.data) / "prompts", SHIPPED)
        self._found: dict[str, bool] = {}

    def has(self, name: str, language: str) -> bool:
        """Whether somebody has recorded this."""
        file = f"{language}/{name}.wav"
        if file not in self._found:
            self._found[file] = any(isfile(folder / file) for folder in self._folders)
        return self._found[file]

    def like(self, name: str) -> str:
        """`; did you mean …` where a prompt has nearly this name."""
        files = [
            file.stem
            for folder in self._folders
            for file in folder.glob("*/*.wav")
            if file.parent.name in ("en", "zh") and file.stem != name
        ]
        return suggestion(name, files)


def check_prompts(settings: Settings) -> Iterator[Finding]:
    """What menus, announcements and the notice of a recording say can be heard."""
    prompts = _Prompts(settings)
    said = set()
    for path, name, language in _spoken(settings):
        if (path, language) in said:
            continue
        said.add((path, language))
        faults = list(tried(check_name, name, path=path))
        yield from faults or _missing(prompts, path, name=name, language=language)


def check_notice(settings: Settings) -> Iterator[Finding]:
    """Nobody is recorded without being told."""
    for name, queue in settings.queue.items():
        if queue.record != "never" and not settings.recording.notice:
            what = "recording without notice: [recording] notice is empty"
            yield Finding(("queue", name, "record"), what)


def _spoken(settings: Settings) -> Iterator[tuple[Path, str, str]]:
    """(setting, prompt, language) of all that a caller can come to hear."""
    for step in flow_graph.walk(settings):
        kind, _, name = step.target.partition(":")
        language = flow_graph.language_at(settings, step)
        if kind == "announce" and name:
            yield step.path, name, language
        menu = settings.menu.get(name) if kind == "menu" else None
        if menu is not None and menu.prompt:
            yield ("menu", name, "prompt"), menu.prompt, language
        queue = settings.queue.get(name) if kind == "queue" else None
        if queue is not None and queue.record != "never" and settings.recording.notice:
            yield ("recording", "notice"), settings.recording.notice, language


def _missing(prompts: _Prompts, path: Path, *, name: str, language: str) -> Iterator[Finding]:
    if prompts.has(name, language):
        return
    is_notice = path[0] == "recording"
    if prompts.has(name, FALLBACK):
        what = f"prompts/{language}/{name}.wav is missing: callers hear the English one"
        yield Finding(path, what, is_error=False)
    elif is_notice:
        what = f"recording without notice: prompts/{language}/{name}.wav is missing"
        yield Finding(path, what + prompts.like(name), is_error=False)
    else:
        what = f"prompts/{language}/{name}.wav is missing: callers hear nothing"
        yield Finding(path, what + prompts.like(name), is_error=False)


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    check_prompts,
    check_notice,
)
