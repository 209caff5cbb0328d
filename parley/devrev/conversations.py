"""conversations.get, .create, .update and .delete (contract 2.1); list and export are in ``views``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ..actions import change, deleting, opening
from ..domain.problems import MissingField, NotFound
from ..store import timeline
from . import page, resolve
from .encode_conversations import conversations as encode_conversations
from .endpoints import Call, Endpoint, Family, Json
from .parents import parents_named
from .ready import Conversations
from .reference.conversations import CREATE, SHAPES, UPDATE
from .schema_specs import schema_spec

# Wire names of plain values and what the actions call them.
_PLAIN = {"title": "title", "description": "description", "is_spam": "is_spam"}
_IDS = {"group": "team_id", "account": "company_id", "brand": "brand_id", "owned_by_agent": "agent_id", "source_channel_v2": "inbox_id"}
_FEELING = {"sentiment": "sentiment", "sentiment_summary": "sentiment_summary", "sentiment_modified_date": "sentiment_modified_at"}


async def get_conversation(call: Call) -> Json:
    number = call.given["id"].number
    if not await timeline.sees_conversation(call.connection, call.principal, number):
        raise NotFound("no such conversation")
    found = await Conversations(call.context, call.connection, call.principal, is_beta=call.exchange.is_beta).bodies([number])
    if not found:
        raise NotFound("no such conversation")
    return {"conversation": msgspec.Raw(found[0])}


async def create_conversation(call: Call) -> Json:
    given = call.given
    values: Json = {name: given[key] for key, name in _PLAIN.items() if key in given} | _numbers(given)
    if "source_channel" in given:
        values["source_channel"] = given["source_channel"]
    values |= _url_context(given) | _schemas(given)
    bodies, files = _messages(given.get("messages", ()))
    wanted = opening.NewConversation(
        **values,
        stage=_stage(given.get("stage"), "id"),
        members=await resolve.people_refs(call.connection, call.tenant_id, given.get("members", ())),
        owners=await resolve.people_refs(call.connection, call.tenant_id, given.get("owned_by", ())),
        tags=_tags(given.get("tags", ())),
        channel_ids=tuple(one.number for one in given.get("channels", ())),
        messages=bodies,
        files=files,
    )
    with parents_named(call):
        number = await opening.open_conversation(call.context, call.principal, wanted)
    await call.context.database.commit_early()  # the next conversation waits for the number's row
    return {"conversation": await _one(call, number, is_new=True)}


async def update_conversation(call: Call) -> Json:
    given, number = call.given, call.given["id"].number
    names = _PLAIN | _FEELING | {"is_frozen": "is_frozen", "status": "status"}
    values: Json = {name: given[key] for key, name in names.items() if key in given} | _numbers(given)
    values |= _url_context(given) | _schemas(given) | await _sets(call)
    if (stage := _stage(given.get("stage"), "stage")) is not None:
        values["stage"] = stage
    if tags := given.get("tags"):
        values |= {"tags_set": _tags(tags["set"])} if "set" in tags else {}
        values |= {"tags_add": _tags(tags.get("add", ())), "tags_remove": tuple(one["id"].number for one in tags.get("remove", ()))}
    await change.edit(call.context, call.principal, number, change.Edit(**values))
    return {"conversation": await _one(call, number)}


async def delete_conversation(call: Call) -> Json:
    await deleting.delete_conversation(call.context, call.principal, call.given["id"].number)
    return {}


async def _sets(call: Call) -> Json:
    """The fields that are replaced as a whole; an object without ``set`` changes nothing."""
    given = {
        name: call.given[name]["set"]
        for name in ("owned_by", "members", "channels", "applies_to_parts")
        if "set" in call.given.get(name, {})
    }
    values: Json = {}
    for key, name in (("owned_by", "owners"), ("members", "members")):
        if key in given:
            values[name] = await resolve.people_refs(call.connection, call.tenant_id, given[key])
    if "channels" in given:
        values["channel_ids"] = tuple(one.number for one in given["channels"])
    if "applies_to_parts" in given:
        values["parts"] = tuple((one.type, one.number) for one in given["applies_to_parts"])
    return values


def _numbers(given: Mapping[str, Any]) -> Json:
    return {name: given[key].number if given[key] else None for key, name in _IDS.items() if key in given}


def _url_context(given: Mapping[str, Any]) -> Json:
    return {"url_context": given["metadata"]["url_context"]} if "url_context" in given.get("metadata", {}) else {}


def _schemas(given: Mapping[str, Any]) -> Json:
    values: Json = {"custom_fields": given["custom_fields"]} if "custom_fields" in given else {}
    return values | ({"schemas": schema_spec(given["custom_schema_spec"])} if "custom_schema_spec" in given else {})


def _stage(given: Mapping[str, Any] | None, id_key: str) -> str | int | None:
    """A stage's id where there is one, else its name. An object without either says nothing."""
    if not given:
        return None
    found: str | int | None = given[id_key].number if id_key in given else given.get("name")
    return found


def _tags(given: Sequence[Mapping[str, Any]]) -> tuple[tuple[int, str | None], ...]:
    return tuple((one["id"].number, one.get("value")) for one in given)


def _messages(given: Sequence[Mapping[str, Any]]) -> tuple[tuple[str | None, ...], dict[int, tuple[int, ...]]]:
    """Bodies, and files by the place of their message."""
    for place, one in enumerate(given):
        if "body" not in one and not one.get("artifacts"):
            raise MissingField(f"messages[{place}].body", f"messages[{place}] needs a body or artifacts")
    files = {place: tuple(file.number for file in one["artifacts"]) for place, one in enumerate(given) if one.get("artifacts")}
    return tuple(one.get("body") for one in given), files


async def _one(call: Call, number: int, *, is_new: bool = False) -> Json:
    """The conversation as the caller sees it now, also what this transaction wrote of it."""
    beta = call.exchange.is_beta
    schema = await page.load_schema(call.connection, call.tenant_id)
    loaded = await page.load(call.connection, call.principal, [number], schema, with_changes=beta, are_new=is_new)
    shown = encode_conversations(loaded, is_beta=beta)
    if not shown:
        raise NotFound("no such conversation")
    return shown[0]


_ID = "id*  id:CONV  The conversation."
_ANSWER = "conversation*  conversation  As it is now."

FAMILY = Family(
    endpoints=(
        Endpoint(
            "/conversations.get",
            get_conversation,
            "Get a conversation",
            _ID,
            _ANSWER,
            text="One conversation with its latest ten entries. A contact sees its own.",
            example={"id": "CONV-1"},
            access="everybody",
            refuses=(404,),
        ),
        Endpoint(
            "/conversations.create",
            create_conversation,
            "Open a conversation",
            CREATE,
            _ANSWER,
            text="Opens a conversation with its first messages. Without members it belongs to a new anonymous contact; a contact "
            "may open one for itself only. Needs a token of scope write.",
            example={"type": "support", "title": "Where is my parcel?", "messages": [{"body": "It should be here by now."}]},
            is_write=True,
            access="everybody",
            status=201,
        ),
        Endpoint(
            "/conversations.update",
            update_conversation,
            "Change a conversation",
            UPDATE,
            _ANSWER,
            text="Makes every change asked for in one transaction, or none, and writes one entry that tells them. A frozen one takes "
            "no change but to be unfrozen. Needs a token of scope write; contacts may not.",
            example={"id": "CONV-1", "stage": {"name": "resolved"}},
            is_write=True,
            refuses=(404,),
        ),
        Endpoint(
            "/conversations.delete",
            delete_conversation,
            "Delete a conversation",
            _ID,
            "",
            text="For good, with everything in it; its number is never given out again. A frozen one has to be unfrozen first.",
            example={"id": "CONV-3"},
            is_write=True,
            refuses=(404,),
        ),
    ),
    shapes=SHAPES,
)
