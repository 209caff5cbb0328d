"""atoms.get: any object by its id, as its own ``.get`` endpoint shows it, with its type."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from starlette.responses import Response

from .dons import KINDS, PARTS
from .endpoints import Call, Endpoint, Family, Json, check

# The types of the official union (atom) whose endpoint takes nothing but an id.
GETS = {
    "account": "accounts.get",
    "conversation": "conversations.get",
    "dev_user": "dev-users.get",
    "group": "groups.get",
    "issue": "works.get",
    "link": "links.get",
    "rev_org": "rev-orgs.get",
    "rev_user": "rev-users.get",
    "service_account": "service-accounts.get",
    "sla": "slas.get",
    "sla_tracker": "sla-trackers.get",
    "tag": "tags.get",
    "ticket": "works.get",
    "timeline_change_event": "timeline-entries.get",
    "timeline_comment": "timeline-entries.get",
    "webhook": "webhooks.get",
    **dict.fromkeys(PARTS, "parts.get"),
}


def family(families: Iterable[Family]) -> Family:
    """The endpoint over what ``families`` serve. Each object is refused to whom its own endpoint refuses it."""
    served = {one.name: one for family in families for one in family.endpoints}
    gets = {kind: served[name] for kind, name in GETS.items() if name in served}

    async def get_atom(call: Call) -> Json | Response:
        kind = call.given["id"].type
        check(gets[kind], call.principal)
        answer = await gets[kind].view(call)
        return answer if isinstance(answer, Response) else {"atom": {"type": kind} | _only(answer)}

    prefixes = "/".join(KINDS[kind].prefix for kind in sorted(gets))
    return Family(
        endpoints=(
            Endpoint(
                "/atoms.get",
                get_atom,
                "Get any object",
                f"id*  id:{prefixes}  The object.",
                "atom*  object  The object as its own endpoint shows it, with its `type`.",
                example={"id": "TAG-1"},
                access="everybody",
                refuses=(404,),
            ),
        ),
    )


def _only(answer: Json) -> dict[str, Any]:
    """The one object of a ``.get`` answer, whatever its key; views may hand out ready JSON."""
    (value,) = answer.values()
    return msgspec.json.decode(msgspec.json.encode(value), type=dict[str, Any])
