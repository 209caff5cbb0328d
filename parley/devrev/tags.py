"""tags.*: names to mark conversations with, some with values (contract 2.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..actions import tags as actions
from ..reference.notation import shape, table
from ..store.tags import TAGS, TagRow
from .encode_people import without_none
from .endpoints import Call, Endpoint, Family, Json
from .lists import CURSORS, PAGING, SORTING, find_row, list_page, people_of, stamps
from .viewer import Viewer

_FIELDS = """
    description     text(..65536)          What the tag is for.
    style_new       set-tag-style          How it looks.
"""
_ALLOWED = "[text(1..256)](..256)  The values that the tag may have on an object; none: it takes any."


async def create_tag(call: Call) -> Json:
    number = await actions.create_tag(call.context, call.principal, _values(call.given))
    return {"tag": await _one(call, number)}


async def get_tag(call: Call) -> Json:
    return {"tag": await _one(call, call.given["id"].number)}


async def list_tags(call: Call) -> Json:
    rows, cursors = await list_page(call, TAGS, {"names": call.given.get("name") or None})
    return {"tags": await encode(call, rows), **cursors}


async def update_tag(call: Call) -> Json:
    number = call.given["id"].number
    await actions.change_tag(call.context, call.principal, number, _values(call.given))
    return {"tag": await _one(call, number)}


async def delete_tag(call: Call) -> Json:
    await actions.delete_tag(call.context, call.principal, call.given["id"].number)
    return {}


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    """Wire names to columns."""
    values = {key: given[key] for key in ("name", "description") if key in given}
    allowed = given.get("allowed_values")
    if isinstance(allowed, dict):  # an update says {"set": [...]}; without ``set`` it changes nothing
        allowed = allowed.get("set")
    values |= {"allowed_values": allowed} if allowed is not None else {}
    return values | ({"color": given["style_new"]["color"]} if "style_new" in given else {})


async def _one(call: Call, number: int) -> Json:
    return (await encode(call, [await find_row(call, TAGS, number, "tag")]))[0]


async def encode(viewer: Viewer, rows: Sequence[TagRow]) -> list[Json]:
    people = await people_of(viewer, rows)
    return [
        {
            **viewer.names.ids("tag", row.id),
            "name": row.name,
            "allowed_values": row.allowed_values,
            "style_new": {"color": row.color},
            **without_none({"description": row.description}),
            **stamps(row, people),
        }
        for row in rows
    ]


_ID = "id*  id:TAG  The tag."
_ANSWER = "tag*  tag-full  The tag."

FAMILY = Family(
    endpoints=(
        Endpoint(
            "/tags.create",
            create_tag,
            "Make a tag",
            table("name*  text(1..256)  Its name, unique in the dev org.", f"allowed_values  {_ALLOWED}", _FIELDS),
            _ANSWER,
            example={"name": "billing"},
            is_write=True,
            status=201,
            refuses=(409,),
        ),
        Endpoint("/tags.get", get_tag, "Get a tag", _ID, _ANSWER, example={"id": "TAG-1"}, refuses=(404,)),
        Endpoint(
            "/tags.list",
            list_tags,
            "List tags",
            table("name  [text]  With any of these names.", PAGING, SORTING),
            table("tags*  [tag-full]  The tags.", CURSORS),
            example={"limit": 10},
        ),
        Endpoint(
            "/tags.update",
            update_tag,
            "Change a tag",
            table(
                _ID,
                "name  text(1..256)  Its new name.",
                "allowed_values  set-tag-allowed-values  The values that the tag may have on an object.",
                _FIELDS,
            ),
            _ANSWER,
            example={"id": "TAG-1", "description": "Invoices and refunds"},
            is_write=True,
            refuses=(404, 409),
        ),
        Endpoint(
            "/tags.delete",
            delete_tag,
            "Delete a tag",
            _ID,
            "",
            text="Refused while something carries it.",
            example={"id": "TAG-1"},
            is_write=True,
            access="administrators",
            refuses=(404, 409),
        ),
    ),
    shapes=(
        shape(
            "tag-full",
            "A name to mark objects with.",
            """
            id*             don     Its id.
            display_id      text    Its short id.
            name*           text    Its name.
            description     text    What it is for.
            allowed_values  [text]  The values that it may have on an object.
            style_new       tag-style  How it looks.
            created_by      user  Who made it.
            created_date    time    When.
            modified_by     user  Who changed it last.
            modified_date   time    When.
            """,
        ),
        shape("set-tag-allowed-values", "A change to a tag's values.", f"set  {_ALLOWED}", closed=True),
        shape("set-tag-style", "How a tag looks.", "color*  text(4..9)  As `#1f93ff`.", closed=True),
    ),
)
