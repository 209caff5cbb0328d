"""Chatwoot's conversation list, from the tables of tests/wire/chatwoot_producers.py."""

from __future__ import annotations

from tests.wire.chatwoot_producers import (
    CHANGES,
    PARAMETERS,
    SECRETS,
    WITHOUT_PRODUCER,
    producer,
    reference_keys,
    reference_parameters,
)

from . import Page


def pages() -> list[Page]:
    return [
        Page(
            title="Chatwoot list of conversations",
            parameters={name: f"tests/wire/{test}" for name, test in sorted(PARAMETERS.items())},
            keys={key: producer(key) for key in sorted(CHANGES)},
            keys_test="tests/wire/test_chatwoot_keys.py::test_a_key_follows_its_column",
            unproduced=set(WITHOUT_PRODUCER),
            notes="The page shows secrets under an assignee; the original does not send them, nor do we.",
            reference=lambda shared: (reference_parameters(shared), reference_keys(shared) - SECRETS),
        )
    ]
