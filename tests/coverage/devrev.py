"""conversations.list and conversations.export, from the tables of tests/wire/devrev_{model,producers}.py."""

from __future__ import annotations

import re
from pathlib import Path

from parley.devrev.filters import EXPORT, LIST
from tests.wire.devrev_model import ASK
from tests.wire.devrev_producers import CURSORS, PRODUCERS, UNPRODUCED, reference_keys

from . import Page

_FILTER = "tests/wire/test_devrev_filters.py::test_each_filter_alone_agrees_with_the_model"
_PAGING = "tests/wire/test_devrev_paging.py"
_TESTS = {
    "cursor": f"{_PAGING}::test_a_cursor_belongs_to_its_filters_and_order",
    "first": "tests/wire/test_devrev_export.py::test_first_and_its_alias_limit",
    "limit": f"{_PAGING}::test_both_ways_give_everything_in_order",
    "mode": f"{_PAGING}::test_both_ways_give_everything_in_order",
    "sort_by": f"{_PAGING}::test_both_ways_give_everything_in_order",
}
_EXPORT_TESTS = {
    "cursor": "tests/wire/test_devrev_export.py::test_cursors_lead_through_everything",
    "limit": "tests/wire/test_devrev_export.py::test_first_and_its_alias_limit",
}
_NOTES = (
    "Over POST by the tests named; over GET every one again by `tests/wire/test_devrev_filters.py::test_get_asks_the_same_as_post`, all at"
    " once by `test_all_filters_at_once_are_understood`."
)


def pages() -> list[Page]:
    return [
        Page(
            title="DevRev conversations.list",
            parameters={name: _test(name) for name in sorted(LIST)},
            keys=_keys() | CURSORS,
            keys_test="tests/wire/test_devrev_keys.py::test_a_change_in_the_store_changes_the_key",
            unproduced=UNPRODUCED,
            notes=_NOTES,
            reference=lambda shared: (_names_on_the_list_page(shared), set(reference_keys(shared, "list"))),
        ),
        Page(
            title="DevRev conversations.export",
            parameters={name: _EXPORT_TESTS.get(name) or _test(name) for name in sorted(EXPORT)},
            keys={"(all keys of conversations.list)": "as there", "next_cursor": CURSORS["next_cursor"]},
            keys_test="tests/wire/test_devrev_keys.py::test_a_change_in_the_store_changes_the_key",
            unproduced=UNPRODUCED,
            notes=_NOTES,
            # The page lost the names of its fields; its keys are among those above.
            reference=lambda shared: (set(), set(reference_keys(shared, "export")) - _keys().keys()),
        ),
    ]


def _keys() -> dict[str, str]:
    return {key: change.name for key, change in sorted(PRODUCERS.items())}


def _test(name: str) -> str:
    return _TESTS[name] if name in _TESTS else dict.fromkeys(ASK, _FILTER)[name]


def _names_on_the_list_page(shared: Path) -> set[str]:
    """Lines such as ``brand?array<string>``, without those of nested objects."""
    text = (shared / "contracts/devrev/reference-conversations-list.txt").read_text()
    section = text[text.index("In: header") : text.index("Response Body")]
    return set(re.findall(r"^(\w+)\?", section, re.MULTILINE)) - {"after", "before"}
