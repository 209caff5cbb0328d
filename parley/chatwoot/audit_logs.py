"""The audit log (contract 3.5, EE; free here), told from the events: what was changed, by whom, which fields."""

from __future__ import annotations

from typing import Any

import msgspec

from ..reference.notation import shape
from ..store.audit_logs import Audited, count_audited, list_audited
from .encode_types import epoch
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .readers import Json

PAGE = 15
_TYPES = {
    "tag": "Label", "bot": "AgentBot", "custom_field": "CustomAttributeDefinition", "user": "AccountUser", "tenant": "Account",
}  # fmt: skip
_ACTIONS = {"created": "create", "updated": "update", "deleted": "destroy"}
_ACTORS = {"user": "User", "bot": "AgentBot", "contact": "Contact", "system": "System"}


async def list_audit_logs(call: Call) -> Json:
    page = call.given.get("page", 1)
    found = await list_audited(call.connection, call.tenant_id, limit=PAGE, offset=call.offset(PAGE))
    return {
        "per_page": PAGE,
        "total_entries": await count_audited(call.connection, call.tenant_id),
        "current_page": page,
        "audit_logs": [_shown(one, call.tenant_id) for one in found],
    }


def _shown(one: Audited, account_id: int) -> dict[str, Any]:
    noun, _, verb = one.kind.partition(".")
    data = msgspec.json.decode(one.data)
    number = data.get("id", one.conversation_number if noun == "conversation" else account_id)
    return {
        "id": one.id,
        "auditable_id": number,
        "auditable_type": _TYPES.get(noun) or "".join(word.capitalize() for word in noun.split("_")),
        "auditable": {"id": number},
        "associated_id": account_id,
        "associated_type": "Account",
        "user_id": one.actor_id,
        "user_type": _ACTORS[one.actor_kind],
        "username": one.actor_name,
        "action": _ACTIONS[verb],
        "audited_changes": {name: [] for name in data.get("changed", ())},
        "comment": None,
        "created_at": epoch(one.created_at),
        "remote_address": None,
    }


FAMILY = Family(
    endpoints=(
        Endpoint(
            "GET",
            f"{ACCOUNT}/audit_logs",
            list_audit_logs,
            "List the audit log",
            """
            per_page*       int32  How many on a page.
            total_entries*  int64  How many there are.
            current_page*   int32  Which page this is.
            audit_logs*     [audit-log]  The newest first.
            """,
            query="page  int32(1..1000000)  Which page of 15.",
            access="administrators",
        ),
    ),
    shapes=(
        shape(
            "audit-log",
            "A change of how the account is set up.",
            """
            id*               int64   Its number.
            auditable_id*     int64   What was changed.
            auditable_type*   text    What kind of thing it is: Webhook, Inbox, AccountUser ...
            auditable*        object  The same number as an object.
            associated_id*    int64   The account.
            associated_type*  text    Always Account.
            user_id*          int64?  Who did it.
            user_type*        text    What they are: User, AgentBot, System.
            username*         text?   A user's e-mail address.
            action*           <create update destroy>  What was done.
            audited_changes*  {[any]}  Which fields were changed; their values are not kept.
            comment*          text?   Always null.
            created_at*       int64   When.
            remote_address*   text?   Always null: addresses are not kept.
            """,
        ),
    ),
)
