"""Asking customers for an opinion: once for each conversation, when it is resolved, where its inbox does so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from ..domain.principals import SYSTEM
from ..store import surveys, writes
from ..store.database import Connection

ASKS = "input_csat"
_QUESTION = "Please rate the conversation"


async def ask_opinion(connection: Connection, tenant_id: int, number: int, at: datetime) -> None:
    """Writes the message that asks, in the transaction that resolves the conversation."""
    found = await surveys.find_question(connection, tenant_id, number, at)
    if found is None:
        return
    config = msgspec.json.decode(found.settings).get("csat_config") or {}
    if not _fits(config.get("survey_rules") or {}, found.labels):
        return
    shown = msgspec.json.encode({"display_type": config.get("display_type") or "emoji"}).decode()
    question = writes.NewMessage(
        kind="template",
        visibility="external",
        private_to=None,
        author=SYSTEM,
        body=config.get("message") or _QUESTION,
        external_ref=None,
        labels=None,
        at=at,
        content_type=ASKS,
        content_attributes=shown,
    )
    await writes.insert_message(connection, tenant_id, number, question, {})


def _fits(rules: Mapping[str, Any], labels: Sequence[str]) -> bool:
    """Rules name labels: one of them must be there, or none of them may be. Without labels they say nothing."""
    named = set(rules.get("values") or ())
    if not named:
        return True
    return bool(named & set(labels)) is (rules.get("operator") != "does_not_contain")
