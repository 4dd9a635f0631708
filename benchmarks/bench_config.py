"""How long a configuration takes to load: 400 agents and their phones, checked, with all its lines.

The peer is the standard library's tomllib, which only reads: most of the time is its own.

python -m benchmarks.bench_config         the line of `make bench`
"""

from __future__ import annotations

import tempfile
import time
import tomllib
from pathlib import Path

from benchmarks.promise import line
from config.layers import load

AGENTS, ROUNDS, MOST_RATIO = 400, 9, 1.6


def a_site() -> str:
    tables = "".join(
        f'[extension.{n}]\nname = "Agent {n}"\npassword = "wWtR5Ixq9mLr2Bd{n}"\n'
        f'[agent.{n}]\nname = "Agent {n}"\nextension = "{n}"\npin = "82{n}6"\n'
        f'skills = {{ sales = 3, en = 2 }}\nqueues = ["sales"]\n'
        for n in range(2000, 2000 + AGENTS)
    )
    queue = "[queue.sales]\nskills = { sales = 1, en = 1 }\n"
    return f'{tables}{queue}[[route]]\ncalled = "4001"\nto = "queue:sales"\n'


def main() -> None:
    ours, peer = [], []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pbx.toml"
        file.write_text(a_site())
        for _ in range(ROUNDS):
            began = time.process_time()
            loaded = load(file)
            read = time.process_time()
            tomllib.loads(file.read_text())
            peer.append(time.process_time() - read)
            ours.append(read - began)
            assert loaded.settings is not None
    theirs = 1000 * min(peer)
    name = f"a site of {AGENTS} agents, loaded and checked, ms of CPU"
    print(line(name, 1000 * min(ours), most=round(MOST_RATIO * theirs, 1), peer=theirs))


if __name__ == "__main__":
    main()
