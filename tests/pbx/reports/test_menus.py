"""`menus` by hand."""

from __future__ import annotations

from tests.pbx.reports.by_hand import MIDNIGHT, Record

NINE = MIDNIGHT + 9 * 3600


def test_a_menu_tells_where_its_keys_lead_and_who_hung_up_in_it(record: Record) -> None:
    for n in range(4):
        record.put("segments", call=f"c{n}", n=1, kind="menu", queue="main", started=NINE,
                   ended=NINE + 2 + n)  # fmt: skip
    for key, to in (("1", "queue:sales"), ("1", "queue:sales"), ("", "queue:support")):
        record.event("MenuPassed", NINE + 2, menu="main", key=key, to=to)
    record.put("segments", call="i", n=1, kind="menu", started=NINE, ended=NINE + 9)  # imported
    assert record.ask("menus").rows == (
        ("main", "1", "queue:sales", 2, 0.5, None),
        ("main", "silence", "queue:support", 1, 0.25, None),
        ("main", "hung up", None, 1, 0.25, 3.5),
    )
