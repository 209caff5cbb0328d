"""webhooks.*: where events are delivered to (contract 2.3). The secret is shown one webhook at a time, to administrators.

What is delivered there is made by ``event_tellings``.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ..actions import webhooks as actions
from ..actions.webhooks import Edit, WebhookChange
from ..domain.problems import InvalidId, InvalidValue, NotFound
from ..domain.webhooks import STATUSES, check_header
from ..reference.notation import shape, table
from ..store.sla_trackers import find_conversation
from ..store.webhooks import WEBHOOKS, WebhookRow
from .dons import NOBODY, Id
from .endpoints import Call, Endpoint, Family, Json
from .event_types import EVENT_TYPES
from .lists import people_of, stamps
from .values import needs, text
from .values import shape as object_of
from .viewer import Viewer

_TYPES = f"[<{' '.join(EVENT_TYPES)}>]"
_STATUS = f"<{' '.join(STATUSES)}>"


async def create_webhook(call: Call) -> Json:
    given = call.given
    number = await actions.create_webhook(
        call.context,
        call.principal,
        "devrev",
        url=given["url"],
        event_types=given.get("event_types", ()),
        headers=given.get("headers", ()),
        secret=_decoded(given.get("secret", "")),
    )
    return {"webhook": await _one(call, number)}


async def get_webhook(call: Call) -> Json:
    return {"webhook": await _one(call, call.given["id"].number)}


async def list_webhooks(call: Call) -> Json:
    rows = await WEBHOOKS.find(call.connection, call.tenant_id, {"wire": "devrev", "statuses": call.given.get("status") or None})
    # The official answer requires the key; a list never shows what is in it.
    return {"webhooks": [one | {"secret": ""} for one in await encode(call, rows)]}


async def update_webhook(call: Call) -> Json:
    given, number = call.given, call.given["id"].number
    change = WebhookChange(
        url=given.get("url"),
        secret=_decoded(given["secret"]) if "secret" in given else None,
        event_types=_edit(given, "event_types"),
        headers=_edit(given, "headers"),
        action=given.get("action"),
    )
    await actions.change_webhook(call.context, call.principal, "devrev", number, change)
    return {"webhook": await _one(call, number)}


async def delete_webhook(call: Call) -> Json:
    await actions.delete_webhook(call.context, call.principal, "devrev", call.given["id"].number)
    return {}


async def fetch_object(call: Call) -> Json:
    """What is not there is sent too: as not found. Raises InvalidId for what cannot be anything of ours."""
    one: Id = call.given["object"]
    if one.number == NOBODY:
        raise InvalidId("object", "object: there is no such object")
    told: Json = {"object": f"{one.type}:{one.number}"}
    if one.type == "sla_tracker":
        told["conversation"] = await find_conversation(call.connection, call.principal, one.number) or 0
    kind = "sla_tracker_fetched" if one.type == "sla_tracker" else "work_fetched"
    await actions.fetch_object(call.context, call.principal, "devrev", call.given["id"].number, kind, told)
    return {}


def _edit(given: Mapping[str, Any], key: str) -> Edit[Any]:
    """Raises InvalidValue where ``set`` stands beside ``add`` or ``remove``."""
    asked = given.get(key, {})
    if "set" in asked and len(asked) > 1:
        raise InvalidValue(f"{key}.set", f"{key}.set excludes {key}.add and {key}.remove")
    return Edit(asked.get("set"), asked.get("add", ()), asked.get("remove", ()))


def _decoded(secret: str) -> bytes:
    try:
        return base64.b64decode(secret, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidValue("secret", "secret is not base64") from error


async def _one(call: Call, number: int) -> Json:
    rows = await WEBHOOKS.find(call.connection, call.tenant_id, {"wire": "devrev", "ids": [number]})
    if not rows:
        raise NotFound("no such webhook")
    return (await encode(call, rows))[0]


async def encode(viewer: Viewer, rows: Sequence[WebhookRow]) -> list[Json]:
    people = await people_of(viewer, rows)
    return [
        {
            **viewer.names.ids("webhook", row.id),
            "url": row.url,
            "event_types": row.event_types,
            "headers": msgspec.json.decode(row.headers),
            "secret": base64.b64encode(row.secret).decode(),
            "status": row.status,
            **stamps(row, people),
        }
        for row in rows
    ]


_header_fields = object_of({"name": text, "value": text})


def _header(path: str, value: Any, slug: str) -> Json:
    given: Json = _header_fields(path, value, slug)
    needs(path, given, "name", "value")
    check_header(given["name"], given["value"], path)
    return given


_ID = "id*  id:WEBHOOK  The webhook."
_ANSWER = "webhook*  webhook  The webhook."

FAMILY = Family(
    endpoints=(
        Endpoint(
            "/webhooks.create",
            create_webhook,
            "Make a webhook",
            f"""
            url*         text  Where to deliver: http or https, without credentials.
            event_types  {_TYPES}  Which events to deliver.
            headers      [webhook-header](..8)  Sent with every delivery.
            secret       text  8 to 32 bytes in base64, to sign deliveries with; made for you when absent or empty.
            """,
            _ANSWER,
            text="It is `unverified` until its endpoint has answered a challenge: within 3 minutes a `verify` request is sent there, which "
            'it answers with status 200 and `{"challenge": ...}`, the same text.',
            example={"url": "https://example.org/hook", "event_types": ["conversation_created"]},
            is_write=True,
            access="administrators",
            status=201,
            secret=True,
        ),
        Endpoint(
            "/webhooks.get",
            get_webhook,
            "Get a webhook",
            _ID,
            _ANSWER,
            example={"id": "WEBHOOK-1"},
            access="administrators",
            refuses=(404,),
        ),
        Endpoint(
            "/webhooks.list",
            list_webhooks,
            "List webhooks",
            f"status  [{_STATUS}]  With any of these statuses.",
            "webhooks*  [webhook]  The webhooks, oldest first.",
            text="A list shows no secret: `secret` is empty.",
            example={"status": ["active"]},
            access="administrators",
        ),
        Endpoint(
            "/webhooks.update",
            update_webhook,
            "Change a webhook",
            table(
                _ID,
                """
                url          text  Its new address; it has to be verified again.
                secret       text  Its new secret, in base64; empty: one is made. Events go on, for a day signed with both.
                event_types  webhook-event-types  Which events to deliver.
                headers      webhook-headers  What to send along.
                action       <activate deactivate>  An unverified one that is activated is asked once more, and active when it has answered.
                """,
            ),
            _ANSWER,
            example={"id": "WEBHOOK-1", "event_types": {"add": ["timeline_entry_created"]}},
            is_write=True,
            access="administrators",
            refuses=(404,),
            secret=True,
        ),
        Endpoint(
            "/webhooks.delete",
            delete_webhook,
            "Delete a webhook",
            _ID,
            "",
            example={"id": "WEBHOOK-1"},
            is_write=True,
            access="administrators",
            refuses=(404,),
        ),
        Endpoint(
            "/webhooks.fetch",
            fetch_object,
            "Send an object to a webhook",
            table(_ID, "object*  id:TKT/ISS/SLAT  The object: a ticket, an issue or a tracker."),
            "",
            text="The webhook, which must be active and ask for the type, gets it as `work_fetched` or `sla_tracker_fetched`, or that "
            "there is no such object.",
            example={"id": "WEBHOOK-1", "object": "TKT-1"},
            is_write=True,
            access="administrators",
            refuses=(404,),
        ),
    ),
    shapes=(
        shape(
            "webhook",
            "Where events are delivered to.",
            f"""
            id*            don     Its id.
            display_id     text    Its short id.
            url*           text    Where to deliver.
            event_types    [text]  Which events.
            headers        [webhook-header]  What to send along.
            secret*        text    What signs deliveries, in base64; empty in a list.
            status*        {_STATUS}  Only an active one gets events.
            created_by     user  Who made it.
            created_date   time  When.
            modified_by    user  Who changed it last.
            modified_date  time  When.
            """,
        ),
        shape(
            "webhook-header",
            "A header of every delivery.",
            """
            name*   text(1..128)   ASCII letters, digits, hyphens and underscores.
            value*  text(..2048)   Printable ASCII.
            """,
            closed=True,
        ),
        shape(
            "webhook-event-types",
            "`set`, or `add` and `remove`.",
            f"""
            add     {_TYPES}  Event types to add.
            remove  {_TYPES}  Event types to remove.
            set     {_TYPES}  The event types, instead of those before.
            """,
            closed=True,
        ),
        shape(
            "webhook-headers",
            "`set`, or `add` and `remove`.",
            """
            add     [webhook-header](..8)  Headers to add; one of the same name is replaced.
            remove  [text](..8)  Names of headers to remove.
            set     [webhook-header](..8)  The headers, instead of those before.
            """,
            closed=True,
        ),
    ),
    own={"webhook-header": _header},
)
