"""CP-SAT on rosters, for `bench_roster`: JSON lines in, JSON lines out.

{"cover": [[…]], "gap": 0.01}    then for each {"need": […]} its seconds, people and bound
"""

from __future__ import annotations

import json
import sys
import time

from ortools.sat.python import cp_model


def solve(need: list[int], cover: list[list[int]], *, gap: float) -> dict[str, float]:
    began = time.perf_counter()
    model = cp_model.CpModel()
    people = [model.new_int_var(0, sum(need), f"{n}") for n in range(len(cover[0]))]
    for wanted, row in zip(need, cover, strict=True):
        if wanted:
            model.add(sum(people[n] for n, part in enumerate(row) if part) >= wanted)
    model.minimize(sum(people))
    solver = cp_model.CpSolver()
    solver.parameters.relative_gap_limit = gap
    solver.solve(model)
    took = time.perf_counter() - began
    bound = solver.best_objective_bound
    return {"seconds": took, "people": round(solver.objective_value), "bound": bound}


def main() -> None:
    first = json.loads(sys.stdin.readline())
    print(json.dumps("ready"), flush=True)
    for each in sys.stdin:
        print(
            json.dumps(solve(json.loads(each)["need"], first["cover"], gap=first["gap"])),
            flush=True,
        )


if __name__ == "__main__":
    main()
