"""Inboxes that visitors come to, and what they ask there; for the tests of Chatwoot's public API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from parley.domain.identity import hash_identifier
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import MAIL, ORDERS, OTHER, World

OPEN, STRICT, SINGLE, BOTTED, ABROAD = "open-inbox", "strict-inbox", "single-inbox", "botted-inbox", "abroad-inbox"
KEY = "the inbox's own key"
STRICT_ID, SINGLE_ID, BOTTED_ID, ABROAD_ID = 31, 32, 33, 34


def open_doors(world: World) -> None:
    """ORDERS is OPEN; STRICT demands a proof, SINGLE keeps one conversation, in BOTTED a bot answers; ABROAD is another account's."""
    columns = "tenant_id, id, name, kind, identifier, hmac_token, hmac_mandatory, lock_to_single_conversation, active_bot_id"
    row = f"INSERT INTO inboxes ({columns})"
    world.execute(
        f"UPDATE inboxes SET identifier = '{OPEN}', hmac_token = '{KEY.replace(chr(39), chr(39) * 2)}', timezone = 'Europe/Lisbon',"
        f""" settings = '{{"csat_survey_enabled": true, "csat_config": {{"display_type": "star", "message": "Happy?"}}}}'"""
        f" WHERE tenant_id = 1 AND id = {ORDERS}",
        f"UPDATE inboxes SET identifier = 'mail-inbox' WHERE tenant_id = 1 AND id = {MAIL}",
        f"{row} SELECT 1, {STRICT_ID}, 'Strict', 'api', '{STRICT}', hmac_token, true, false, NULL FROM inboxes WHERE id = {ORDERS}",
        f"{row} SELECT 1, {SINGLE_ID}, 'Single', 'api', '{SINGLE}', hmac_token, false, true, NULL FROM inboxes WHERE id = {ORDERS}",
        f"{row} SELECT 1, {BOTTED_ID}, 'Botted', 'api', '{BOTTED}', hmac_token, false, false, 51 FROM inboxes WHERE id = {ORDERS}",
        f"{row} VALUES ({OTHER}, {ABROAD_ID}, 'Abroad', 'api', '{ABROAD}', 'x', false, false, NULL)",
        "UPDATE allocators SET next_id = 1000 WHERE kind IN ('contact', 'contact_point', 'conversation', 'attachment')",
        "INSERT INTO allocators (tenant_id, kind, next_id) SELECT t, k, 1000 FROM unnest(ARRAY[1, 2]) t,"
        " unnest(ARRAY['contact', 'contact_point', 'conversation', 'attachment', 'inbox']) k ON CONFLICT DO NOTHING",
        "SELECT setval('message_ids', 5000)",
    )


def proof(identifier: str) -> dict[str, str]:
    return {"identifier": identifier, "identifier_hash": hash_identifier(KEY, identifier)}


@dataclass(frozen=True)
class Visitor:
    """Somebody who came to an inbox: asks below their contact without a token."""

    chatwoot: Chatwoot
    inbox: str
    shown: dict[str, Any]

    @property
    def source_id(self) -> str:
        return str(self.shown["source_id"])

    def path(self, rest: str = "") -> str:
        return f"/public/api/v1/inboxes/{self.inbox}/contacts/{self.source_id}{rest}"

    def get(self, rest: str = "", **more: Any) -> Any:
        return self.chatwoot.get(self.path(rest), who="", **more)

    def post(self, rest: str, body: Any = None, **more: Any) -> Any:
        return self.chatwoot.post(self.path(rest), body, who="", **more)

    def patch(self, rest: str, body: Any, **more: Any) -> Any:
        return self.chatwoot.call("PATCH", self.path(rest), body, who="", **more)

    def start(self, text: str = "Hello?") -> int:
        """A conversation with one message."""
        number = int(self.post("/conversations", {})["id"])
        self.post(f"/conversations/{number}/messages", {"content": text})
        return number


def come(chatwoot: Chatwoot, inbox: str = OPEN, **said: Any) -> Visitor:
    return Visitor(chatwoot, inbox, chatwoot.post(f"/public/api/v1/inboxes/{inbox}/contacts", said, who=""))
