"""Labels (contract 3.5): the tags that administrators defined. What conversations carry beside them is no label here."""

from __future__ import annotations

from typing import Any

from ..actions import labels as actions
from ..domain.problems import NotFound
from ..reference.notation import shape
from ..store.tags import TAGS, TagRow
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .nouns import get_one
from .readers import Json

_ALL = f"{ACCOUNT}/labels"
_ONE = f"{_ALL}/{{id}}"
_MORE = """
description      text(..100000)?                What it is for.
color            text(1..50)                    A CSS colour.
show_on_sidebar  bool                           Whether screens show it beside the inboxes.
"""


async def list_labels(call: Call) -> Json:
    return {"payload": [_shown(one) for one in await TAGS.find(call.connection, call.tenant_id, {"is_label": True})]}


async def show_label(call: Call) -> Json:
    return await _one(call, call.path["id"])


async def create_label(call: Call) -> Json:
    return await _one(call, await actions.create_label(call.context, call.principal, call.given))


async def update_label(call: Call) -> Json:
    await actions.change_label(call.context, call.principal, call.path["id"], call.given)
    return await _one(call, call.path["id"])


async def delete_label(call: Call) -> None:
    await actions.delete_label(call.context, call.principal, call.path["id"])


async def _one(call: Call, number: int) -> Json:
    """Raises NotFound, also for a tag that is no label."""
    found = await get_one(call, TAGS, number)
    if not found.is_label:
        raise NotFound()
    return _shown(found)


def _shown(one: TagRow) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.name,
        "description": one.description,
        "color": one.color,
        "show_on_sidebar": one.show_on_sidebar,
    }


FAMILY = Family(
    endpoints=(
        Endpoint("GET", _ALL, list_labels, "List labels", "label-list"),
        Endpoint("GET", _ONE, show_label, "Show a label", "label", access="administrators"),
        Endpoint(
            "POST",
            _ALL,
            create_label,
            "Make a label",
            "label",
            text="The title is put into lower case: letters, digits, `-` and `_`, at least two, unique in the account. A tag that only "
            "conversations carried becomes the label.",
            request=f"title*           text(1..255)                   What it is called.{_MORE}",
            example={"title": "refund", "description": "Money back", "color": "#1f93ff", "show_on_sidebar": True},
            access="administrators",
            wrap="label",
        ),
        Endpoint(
            "PATCH",
            _ONE,
            update_label,
            "Change a label",
            "label",
            text="A new title shows at once on every conversation that carries the label.",
            request=f"title            text(1..255)                   What it is called.{_MORE}",
            example={"color": "#ff0000"},
            access="administrators",
            wrap="label",
        ),
        Endpoint(
            "DELETE",
            _ONE,
            delete_label,
            "Delete a label",
            "",
            text="It leaves the list. Conversations that carry it keep its name.",
            access="administrators",
        ),
    ),
    shapes=(
        shape(
            "label",
            "A label.",
            """
            id*               int64  Its number.
            title*            text   What it is called.
            description*      text?  What it is for.
            color*            text   A CSS colour.
            show_on_sidebar*  bool   Whether screens show it beside the inboxes.
            """,
        ),
        shape("label-list", "All labels.", "payload*  [label]  By number."),
    ),
)
