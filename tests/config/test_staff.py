"""Mistakes about agents, their phones, queues and skills."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import staff
from kernel.acd import engine as acd
from tests.config.texts import said_of

QUEUE_B = '[[route]]\ncalled = "6"\nto = "queue:b"\n'

SAID = {
    "an agent at a phone that is not there": (
        '[agent.2002]\nextension = "2001"\nqueues = ["sales"]',
        ['2: agent "2002": extension: no extension "2001"; did you mean "201"?'],
    ),
    "an agent in a queue that is not there": (
        '[extension.202]\ncontact = "sip:10.0.0.1"\n'
        '[agent.2002]\nextension = "202"\nqueues = [\n"sales",\n"support"]',
        ['7: agent "2002": queues 2: no queue "support"'],
    ),
    "an agent kept from a queue that is not theirs, or for too long": (
        '[agent.9]\nlogin = "manual"\nqueues = ["b"]\n'
        "after_s = { bb = 5, b = 60 }\n[queue.b]\nmax_wait_s = 60\n" + QUEUE_B,
        [
            '4: agent "9": after_s: bb: "bb" is no queue of this agent; did you mean "b"?',
            '4: agent "9": after_s: b: warning: never comes: a caller waits 60 s at most',
        ],
    ),
    "more steps than a queue can have": (
        "".join(
            f'[agent.9{n}]\nlogin = "manual"\nqueues = ["b"]\nafter_s = {{ b = {n} }}\n'
            for n in range(1, 8)
        )
        + "[queue.b]\nskills = { en = 1 }\nrelax = [{ after_s = 8 }, { after_s = 7 }]\n"
        + QUEUE_B,
        [
            '29: queue "b": 8 steps ("relax" and the "after_s" of agents), 7 are allowed',
            '30: queue "b": skills: warning: no agent of this queue reaches en 1',
            '31: queue "b": relax 2: after_s: the steps must stand in the order of their time',
        ],
    ),
    "two agents at one phone": (
        '[agent.2002]\nextension = "201"\nqueues = ["sales"]',
        ['2: agent "2002": extension: warning: extension "201" is that of agent "2001" too'],
    ),
    "an agent without phone or queue, or twice in one": (
        '[agent.2002]\n[agent.2003]\nlogin = "manual"\nqueues = ["sales", "sales"]',
        [
            '1: agent "2002": warning: login = "auto" does nothing without an extension',
            '1: agent "2002": warning: this agent has no queue',
            '4: agent "2003": queues 2: warning: "sales" stands here twice',
        ],
    ),
    "a skill that nobody asks for": (
        '[agent.9]\nlogin = "manual"\nqueues = ["b"]\nskills = { sales = 1, englsh = 2 }\n'
        "[queue.b]\nskills = { english = 0 }\n" + QUEUE_B,
        [
            '4: agent "9": skills: sales: warning: no queue asks for this skill',
            '4: agent "9": skills: englsh: warning: no queue asks for this skill;'
            ' did you mean "english"?',
        ],
    ),
    "a level that nobody reaches, even relaxed": (
        '[agent.9]\nlogin = "manual"\nqueues = ["b"]\nskills = { en = 1 }\n'
        "[queue.b]\nskills = { en = 3, fr = 1 }\n"
        "relax = [{ after_s = 10, skills = { en = 2, fr = 0 } }]\n" + QUEUE_B,
        ['6: queue "b": skills: warning: no agent of this queue reaches en 2'],
    ),
    "a level that is reached when relaxed": (
        '[agent.9]\nlogin = "manual"\nqueues = ["b"]\nskills = { en = 1 }\n'
        "[queue.b]\nskills = { en = 3 }\nrelax = [{ after_s = 10, skills = { en = 1 } }]\n"
        + QUEUE_B,
        [],
    ),
    "an agent who never gets a call, where others do": (
        '[agent.8]\nlogin = "manual"\nqueues = ["sales", "b"]\nskills = { en = 1 }\n'
        '[agent.9]\nlogin = "manual"\nqueues = ["b"]\nskills = { en = 2, fr = 1 }\n'
        "[queue.b]\nskills = { en = 3, fr = 1 }\n"
        "relax = [{ after_s = 10, skills = { en = 2 } }]\n" + QUEUE_B,
        ['3: agent "8": queues 2: warning: gets no call of "b": it asks for en 2, fr 1'],
    ),
    "a queue without agents": (
        "[queue.b]\n" + QUEUE_B,
        ['1: queue "b": warning: no agent has this queue'],
    ),
    "steps that relax nothing or stand in the wrong order": (
        '[agent.9]\nlogin = "manual"\nqueues = ["b"]\nskills = { en = 9 }\n'
        "[queue.b]\nskills = { en = 3 }\nrelax = [{ after_s = 20, skills = { en = 3 } },\n"
        "{ after_s = 20, skills = { fr = 0 } }]\n" + QUEUE_B,
        [
            '7: queue "b": relax 1: skills: en: warning: 3 relaxes nothing',
            '8: queue "b": relax 2: after_s: the steps must stand in the order of their time',
            '8: queue "b": relax 2: skills: fr: warning: 0 relaxes nothing',
        ],
    ),
    "PINs that anybody guesses": (
        '[agent.9]\nlogin = "manual"\nqueues = ["sales"]\npin = "123"\n'
        '[agent.1970]\nlogin = "manual"\nqueues = ["sales"]\npin = "1970"\n'
        '[voicemail.a]\npin = "111111"\n[voicemail.b]\npin = "345678"\n'
        '[voicemail.c]\npin = "826455"',
        [
            '4: agent "9": pin: warning: this is easy to guess',
            '8: agent "1970": pin: warning: this is easy to guess',
            '10: voicemail "a": pin: warning: this is easy to guess; take 6 digits',
            '12: voicemail "b": pin: warning: this is easy to guess; take 6 digits',
        ],
    ),
}


@pytest.mark.parametrize("kind", SAID)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, kind: str) -> None:
    text, expected = SAID[kind]
    assert said_of(tmp_path, text, after_site=True) == expected


def errors(folder: Path, text: str) -> list[str]:
    """What is too much, without its place."""
    said = said_of(folder, text, after_site=True)
    return [line.rpartition(": ")[2] for line in said if "allowed" in line]


def test_there_are_no_more_of_each_than_the_engine_counts(tmp_path: Path) -> None:
    """One more is an error, which `serve` would else meet when it is too late to say so."""
    limits = staff.QUEUES_MAX, staff.AGENTS_MAX, staff.SKILLS_MAX
    assert limits == (acd.QUEUES_MAX, acd.AGENTS_MAX, acd.SKILLS_MAX)
    queues = "".join(f"[queue.q{n}]\n" for n in range(staff.QUEUES_MAX))
    assert errors(tmp_path, queues) == ["1025 queues, 1024 are allowed"]
    agents = "".join(f"[agent.a{n}]\n" for n in range(staff.AGENTS_MAX))
    assert errors(tmp_path, agents) == ["4097 agents, 4096 are allowed"]


def test_skills_are_counted_over_agents_queues_and_steps(tmp_path: Path) -> None:
    def site(count: int) -> str:
        skills = ", ".join(f"s{n} = 1" for n in range(count - 2))
        return (
            f"[agent.a]\nskills = {{ {skills} }}\n[queue.a]\nskills = {{ s0 = 1, x = 1 }}\n"
            "relax = [{ after_s = 5, skills = { y = 1 } }]\n"
        )

    assert errors(tmp_path, site(64)) == []
    assert errors(tmp_path, site(65)) == ["65 skills in all, 64 are allowed"]
