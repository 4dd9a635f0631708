"""Call-flow lint: each of many planted faults is found, alone and by its line; the examples have
none."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.layers import load
from tests.shared import ROOT

EXAMPLES = ROOT / "config" / "examples"

# a site without a fault; each plant changes one text of it
SITE = """\
[trunk.gateway]
host = "192.168.1.20:5060"
[trunk.line]
host = "192.168.1.21:5060"
[extension]
201 = { contact = "sip:192.168.1.31:5060" }
202 = { contact = "sip:192.168.1.32:5060" }
[hours.office]
open = ["mon-fri 08:30-18:00"]
[[route]]
from = "gateway"
called = ["4001", "4002"]
hours = "office"
to = "menu:main"
[[route]]
from = "gateway"
called = "400*"
to = "announce:closed"
[[route]]
from = "line"
to = "group:desk"
[[route]]
from = "extensions"
called = "9*"
strip = 1
to = "trunk:gateway,line"
[menu.main]
prompt = "welcome"
keys = { 1 = "queue:sales", 2 = "menu:service", 0 = "group:desk" }
otherwise = "group:desk"
[menu.service]
prompt = "main_menu"
keys = { 1 = "queue:repairs", 2 = "queue:sales" }
otherwise = "queue:repairs"
[queue.sales]
skills = { sales = 2 }
relax = [{ after_s = 40, skills = { sales = 1 } }]
max_wait_s = 300
busy_after_s = 60
announce = { position = true, every_s = 30 }
overflow = "queue:repairs"
exit_keys = { 0 = "group:desk" }
[queue.repairs]
record = "always"
overflow = "announce:busy_later"
[agent]
1 = { extension = "201", queues = ["sales", "repairs"], skills = { sales = 3 } }
2 = { extension = "202", queues = ["sales"], skills = { sales = 1 } }
[group.desk]
members = ["201", "202"]
otherwise = "announce:busy_later"
"""

# what is planted: a text of the site, what it becomes, what is said then
PLANTED: dict[str, tuple[str, str, str]] = {
    "queues that overflow into each other": (
        'overflow = "announce:busy_later"\n[agent]',
        'overflow = "queue:sales"\n[agent]',
        '41: queue "sales": overflow: leads round in a circle:'
        " queue:sales -> queue:repairs -> queue:sales",
    ),
    "a menu that sends the silent back to itself": (
        'otherwise = "group:desk"\n[menu.service]',
        'otherwise = "menu:main"\n[menu.service]',
        '30: menu "main": otherwise: leads round in a circle: menu:main -> menu:main',
    ),
    "a circle through menu and queue": (
        'overflow = "announce:busy_later"\n[agent]',
        'overflow = "menu:service"\n[agent]',
        '45: queue "repairs": overflow: leads round in a circle:'
        " queue:repairs -> menu:service -> queue:repairs",
    ),
    "a group that leads back to the menu that led there": (
        'overflow = "queue:repairs"',
        'overflow = "menu:main"',
        '41: queue "sales": overflow: warning: leads back to the menu "main", which led here',
    ),
    "a queue that nobody works in": (
        'queues = ["sales", "repairs"]',
        'queues = ["sales"]',
        '43: queue "repairs": warning: no agent has this queue',
    ),
    "a step that relaxes nothing": (
        "{ after_s = 40, skills = { sales = 1 } }",
        "{ after_s = 40, skills = { sales = 1, french = 0 } }",
        '37: queue "sales": relax 1: skills: french: warning: 0 relaxes nothing',
    ),
    "a step that comes too late": (
        "after_s = 40",
        "after_s = 400",
        '37: queue "sales": relax 1: after_s: warning: never comes: a caller waits 300 s at most',
    ),
    "an agent who is never asked": (
        "skills = { sales = 1 } }\n[group",
        "skills = { sales = 0 } }\n[group",
        '48: agent "2": queues 1: warning: gets no call of "sales": it asks for sales 1',
    ),
    "skills that no agent has": (
        "skills = { sales = 2 }\nrelax = [{ after_s = 40, skills = { sales = 1 } }]",
        "skills = { sales = 4 }",
        '36: queue "sales": skills: warning: no agent of this queue reaches sales 4',
    ),
    "a menu that drops who presses nothing": (
        'otherwise = "queue:repairs"\n[queue.sales]',
        "[queue.sales]",
        '31: menu "service": warning: no "otherwise": a caller who presses nothing is cut off',
    ),
    "a menu of four options": (
        '2 = "menu:service", 0',
        '2 = "menu:service", 3 = "queue:repairs", 0',
        '29: menu "main": keys: warning: 4 options; callers keep 3 in mind',
    ),
    "three menus one below the other": (
        '1 = "queue:repairs", 2 = "queue:sales" }\notherwise = "queue:repairs"',
        '1 = "menu:deep" }\notherwise = "queue:repairs"\n'
        '[menu.deep]\nprompt = "welcome"\nkeys = { 1 = "queue:sales" }\notherwise = "hangup"',
        '27: menu "main": warning: more than 2 menus one below the other',
    ),
    "digits changed for no trunk": (
        'called = "400*"',
        'called = "400*"\nstrip = 1',
        "18: route 2: strip: warning: changes nothing: it is for numbers dialled on a trunk",
    ),
    "a phone that rings longer than callers wait": (
        'record = "always"\noverflow',
        'record = "always"\nmax_wait_s = 15\noverflow',
        '45: queue "repairs": max_wait_s: warning: the first phone alone rings for 15 s',
    ),
    "a menu that says nothing": (
        'prompt = "main_menu"\n',
        "",
        '31: menu "service": warning: no prompt: callers do not hear what to press',
    ),
    "a key to nowhere": (
        '0 = "group:desk" }\notherwise',
        '0 = "group:dest" }\notherwise',
        '29: menu "main": keys: 0: no group "dest"; did you mean "desk"?',
    ),
    "a key that is none": (
        '{ 1 = "queue:repairs"',
        '{ 10 = "queue:repairs"',
        '33: menu "service": keys: 10: a key is one of 0 to 9, * and #, got "10"',
    ),
    "a key that leads back where one is": (
        'exit_keys = { 0 = "group:desk" }',
        'exit_keys = { 0 = "queue:sales" }',
        '42: queue "sales": exit_keys: 0: warning: leads back to this queue',
    ),
    "overflow to a queue that is not there": (
        'overflow = "queue:repairs"',
        'overflow = "queue:service"',
        '41: queue "sales": overflow: no queue "service"',
    ),
    "recording without notice": (
        "[menu.main]",
        '[recording]\nnotice = ""\n[menu.main]',
        '46: queue "repairs": record: recording without notice: [recording] notice is empty',
    ),
    "a notice that nobody has recorded": (
        "[menu.main]",
        '[recording]\nnotice = "recording_notise"\n[menu.main]',
        "28: recording: notice: warning: recording without notice:"
        ' prompts/en/recording_notise.wav is missing; did you mean "recording_notice"?',
    ),
    "an announcement that nobody has recorded": (
        'to = "announce:closed"',
        'to = "announce:holiday"',
        "18: route 2: to: warning: prompts/en/holiday.wav is missing: callers hear nothing",
    ),
    "a route behind one that takes all": (
        'to = "announce:closed"',
        'to = "announce:closed"\n[[route]]\nfrom = "gateway"\ncalled = "4003"\nto = "group:desk"',
        "19: route 3: warning: never used: the routes before it take all its numbers",
    ),
    "a number that rings nobody at night": (
        'called = "400*"',
        'called = "4001"',
        '13: route 1: hours: warning: nothing takes "4002" when these are closed: the call fails',
    ),
    "hours that are never open": (
        'open = ["mon-fri 08:30-18:00"]',
        'closed = ["2026-12-25"]',
        '8: hours "office": warning: never open',
    ),
    "hours with a slip of the pen": (
        "mon-fri 08:30-18:00",
        "mon-fir 08:30-18:00",
        '9: hours "office": open 1: "mon-fir" is no day or range of days'
        " (mon tue wed thu fri sat sun)",
    ),
    "a route by hours that are not there": (
        'from = "line"\n',
        'from = "line"\nhours = "ofice"\n',
        '21: route 3: hours: no hours "ofice"; did you mean "office"?',
    ),
    "a queue that keeps callers for ever": (
        'record = "always"\noverflow = "announce:busy_later"',
        'record = "always"\nmax_wait_s = 0',
        '45: queue "repairs": max_wait_s: warning: no end and no "overflow":'
        " a caller may wait for ever",
    ),
    "busy said too late": (
        "busy_after_s = 60",
        "busy_after_s = 90",
        '39: queue "sales": busy_after_s: warning: a caller is to be told after 60 s'
        " that all agents are busy",
    ),
    "busy said to nobody": (
        "max_wait_s = 300",
        "max_wait_s = 50",
        '39: queue "sales": busy_after_s: warning: never heard: a caller waits 50 s at most',
    ),
    "the place said without a break": (
        "every_s = 30",
        "every_s = 5",
        '40: queue "sales": announce: every_s: warning: said again before it has ended:'
        " it takes about 10 s",
    ),
    "a queue that nothing leads to": (
        "[agent]\n",
        '[queue.spare]\n[agent]\n3 = { login = "manual", queues = ["spare"] }\n',
        '46: queue "spare": warning: nothing leads to this queue',
    ),
    "a menu that nothing leads to": (
        '2 = "menu:service", ',
        "",
        '31: menu "service": warning: nothing leads to this menu',
    ),
    "a trunk that nobody answers": (
        'from = "line"\n',
        'from = "gateway"\ncalled = "5*"\n',
        '3: trunk "line": warning: no route takes the calls of this trunk',
    ),
    "a way from trunk to trunk": (
        'to = "group:desk"\n[[route]]',
        'to = "trunk:gateway"\n[[route]]',
        '21: route 3: to: trunk to trunk: say from = "extensions",'
        " or transit = true if it is meant",
    ),
    "a trunk that is tried twice": (
        "trunk:gateway,line",
        "trunk:gateway,gateway",
        '26: route 4: to: warning: trunk "gateway" stands here twice',
    ),
    "an extension that a code hides": (
        '202 = { contact = "sip:192.168.1.32:5060" }',
        '202 = { contact = "sip:192.168.1.32:5060" }\n"*110" = { contact = "sip:192.168.1.33" }',
        '8: extension "*110": warning: cannot be dialled: "*11" is the code of login',
    ),
    "a route that a code hides": (
        'called = "9*"\nstrip = 1',
        'called = "*12*"',
        '24: route 4: called: warning: never used: "*12" is a code, which comes first',
    ),
    "a member that is no extension": (
        'members = ["201", "202"]',
        'members = ["201", "203"]',
        '50: group "desk": members 2: no extension "203"; did you mean "202"?',
    ),
}


def said_of(folder: Path, text: str) -> list[str]:
    file = folder / "pbx.toml"
    file.write_text(text)
    return [str(each).replace(f"{file}:", "") for each in load(file, not_yet={}).problems]


def test_the_site_has_no_fault_before_one_is_planted(tmp_path: Path) -> None:
    assert said_of(tmp_path, SITE) == []


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_fault_is_found_and_nothing_else(tmp_path: Path, kind: str) -> None:
    old, new, expected = PLANTED[kind]
    assert SITE.count(old) == 1
    assert said_of(tmp_path, SITE.replace(old, new)) == [expected]


def test_all_faults_at_once_are_all_found(tmp_path: Path) -> None:
    text = SITE
    for old, new, _ in PLANTED.values():
        fits = text.count(old) == 1 and "[recording]" not in new
        text = text.replace(old, new) if fits else text
    assert len(said_of(tmp_path, text)) >= 15


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.toml")), ids=lambda file: file.name)
def test_no_example_has_a_fault(file: Path) -> None:
    if file.name.endswith(".test.toml"):
        return
    said = [each for each in load(file).problems if "password" not in each.where]
    assert said == [], "\n".join(map(str, said))
