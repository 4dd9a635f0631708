"""Checks of who takes the calls: agents, their extensions and skills, what queues ask of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from config.lines import Path
from config.problems import Finding, suggestion
from config.settings import Agent, Queue, Settings

AGENT_PIN_MIN = 4
MAILBOX_PIN_MIN = 6
SKILLS_MAX, QUEUES_MAX, AGENTS_MAX = 64, 1024, 4096  # the engine's
STEPS_MAX = 7  # the engine's: a queue's stages over the wait, but for the first


def check_agents(settings: Settings) -> Iterator[Finding]:
    """Agents have a phone, queues that exist and skills that somebody asks for."""
    asked = {skill for queue in settings.queue.values() for skill in _asked(queue)}
    phones: dict[str, str] = {}
    for number, agent in settings.agent.items():
        path = ("agent", number)
        yield from _phone_faults(settings, number, agent=agent, phones=phones)
        yield from _queue_faults(settings, agent, path=path)
        for skill in agent.skills:
            if skill not in asked:
                what = f"no queue asks for this skill{suggestion(skill, asked)}"
                yield Finding((*path, "skills", skill), what, is_error=False)
        if agent.pin and _is_weak(agent.pin, AGENT_PIN_MIN, own=number):
            yield Finding((*path, "pin"), "this is easy to guess", is_error=False)


def check_queue_staff(settings: Settings) -> Iterator[Finding]:
    """Every queue has an agent who can take its calls, at the latest when it has relaxed."""
    staff: dict[str, list[Agent]] = {name: [] for name in settings.queue}
    for agent in settings.agent.values():
        for name in agent.queues:
            staff.get(name, []).append(agent)
    for name, queue in settings.queue.items():
        path = ("queue", name)
        yield from _relax_faults(queue, path)
        if not staff[name]:
            yield Finding(path, "no agent has this queue", is_error=False)
            continue
        levels = _relaxed(queue)
        if levels and not any(_reaches(agent, levels) for agent in staff[name]):
            what = f"no agent of this queue reaches {_listed(levels)}"
            yield Finding((*path, "skills"), what, is_error=False)
        else:
            yield from _idle_faults(settings, name, levels=levels)


def check_reserves(settings: Settings) -> Iterator[Finding]:
    """Agents kept for other queues: the queue is theirs, and they come before a caller goes."""
    for number, agent in settings.agent.items():
        for name, after_s in agent.after_s.items():
            path = ("agent", number, "after_s", name)
            queue = settings.queue.get(name)
            if name not in agent.queues:
                hint = suggestion(name, agent.queues)
                yield Finding(path, f'"{name}" is no queue of this agent{hint}')
            elif queue is not None and queue.max_wait_s and after_s >= queue.max_wait_s:
                what = f"never comes: a caller waits {queue.max_wait_s:g} s at most"
                yield Finding(path, what, is_error=False)
    for name, queue in settings.queue.items():
        delays = {a.after_s[name] for a in settings.agent.values() if name in a.after_s}
        count = len(delays | {step.after_s for step in queue.relax})
        if count > STEPS_MAX:
            what = f'{count} steps ("relax" and the "after_s" of agents), {STEPS_MAX} are allowed'
            yield Finding(("queue", name), what)


def check_numbers(settings: Settings) -> Iterator[Finding]:
    """No more queues, agents and skills than the engine counts."""
    for kind, most in (("queue", QUEUES_MAX), ("agent", AGENTS_MAX)):
        count = len(getattr(settings, kind))
        if count > most:
            yield Finding((kind,), f"{count} {kind}s, {most} are allowed")
    tables = [agent.skills for agent in settings.agent.values()]
    for queue in settings.queue.values():
        tables += [queue.skills, *(step.skills for step in queue.relax)]
    skills = {name for table in tables for name in table}
    if len(skills) > SKILLS_MAX:
        yield Finding((), f"{len(skills)} skills in all, {SKILLS_MAX} are allowed")


def check_mailboxes(settings: Settings) -> Iterator[Finding]:
    """Mailboxes are not open to everybody."""
    for name, mailbox in settings.voicemail.items():
        if mailbox.pin and _is_weak(mailbox.pin, MAILBOX_PIN_MIN, own=name):
            what = f"this is easy to guess; take {MAILBOX_PIN_MIN} digits"
            yield Finding(("voicemail", name, "pin"), what, is_error=False)


def _phone_faults(
    settings: Settings, number: str, *, agent: Agent, phones: dict[str, str]
) -> Iterator[Finding]:
    path = ("agent", number, "extension")
    phone = agent.extension
    if not phone:
        if agent.login == "auto":
            what = 'login = "auto" does nothing without an extension'
            yield Finding(("agent", number), what, is_error=False)
    elif phone not in settings.extension:
        yield Finding(path, f'no extension "{phone}"{suggestion(phone, settings.extension)}')
    elif phone in phones:
        what = f'extension "{phone}" is that of agent "{phones[phone]}" too'
        yield Finding(path, what, is_error=False)
    phones.setdefault(phone, number)


def _queue_faults(settings: Settings, agent: Agent, *, path: Path) -> Iterator[Finding]:
    if not agent.queues:
        yield Finding(path, "this agent has no queue", is_error=False)
    for index, name in enumerate(agent.queues):
        if name not in settings.queue:
            hint = suggestion(name, settings.queue)
            yield Finding((*path, "queues", index), f'no queue "{name}"{hint}')
        elif name in agent.queues[:index]:
            yield Finding((*path, "queues", index), f'"{name}" stands here twice', is_error=False)


def _relax_faults(queue: Queue, path: Path) -> Iterator[Finding]:
    levels = dict(queue.skills)
    after_s = 0.0
    for index, step in enumerate(queue.relax):
        here = (*path, "relax", index)
        if step.after_s <= after_s:
            yield Finding((*here, "after_s"), "the steps must stand in the order of their time")
        after_s = step.after_s
        for skill, level in step.skills.items():
            if level >= levels.get(skill, 0):
                what = f"{level} relaxes nothing"
                yield Finding((*here, "skills", skill), what, is_error=False)
            levels[skill] = level


def _idle_faults(settings: Settings, queue: str, *, levels: dict[str, int]) -> Iterator[Finding]:
    """Agents of a queue who never get a call of it, where others do."""
    for number, agent in settings.agent.items():
        if queue in agent.queues and not _reaches(agent, levels):
            missing = {k: level for k, level in levels.items() if agent.skills.get(k, 0) < level}
            what = f'gets no call of "{queue}": it asks for {_listed(missing)}'
            path = ("agent", number, "queues", agent.queues.index(queue))
            yield Finding(path, what, is_error=False)


def _listed(levels: dict[str, int]) -> str:
    return ", ".join(f"{skill} {level}" for skill, level in levels.items())


def _asked(queue: Queue) -> set[str]:
    return {*queue.skills, *(skill for step in queue.relax for skill in step.skills)}


def _relaxed(queue: Queue) -> dict[str, int]:
    """The levels that suffice in the end."""
    levels = dict(queue.skills)
    for step in queue.relax:
        levels |= step.skills
    return {skill: level for skill, level in levels.items() if level}


def _reaches(agent: Agent, levels: dict[str, int]) -> bool:
    return all(agent.skills.get(skill, 0) >= level for skill, level in levels.items())


def _is_weak(pin: str, length_min: int, *, own: str) -> bool:
    return len(pin) < length_min or len(set(pin)) == 1 or pin == own or pin in "0123456789876543210"


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    check_agents,
    check_queue_staff,
    check_reserves,
    check_numbers,
    check_mailboxes,
)
