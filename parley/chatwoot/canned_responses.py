"""Canned responses (contract 3.5): bare rows; ``search`` ranks short codes before contents."""

from __future__ import annotations

from typing import Any

from ..actions import canned_responses as actions
from ..reference.notation import shape
from ..store.canned_responses import CANNED_RESPONSES, CannedResponse, search_canned_responses
from .encode_types import iso
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .nouns import get_one
from .readers import Json

_ALL = f"{ACCOUNT}/canned_responses"
_ONE = f"{_ALL}/{{id}}"
_EXAMPLE = {"short_code": "hello", "content": "Hello, how can I help?"}


async def list_canned_responses(call: Call) -> list[Json]:
    found = await search_canned_responses(call.connection, call.tenant_id, call.given.get("search") or None)
    return [_shown(one, call) for one in found]


async def create_canned_response(call: Call) -> Json:
    number = await actions.create_canned_response(call.context, call.principal, call.given)
    return await _one(call, number)


async def update_canned_response(call: Call) -> Json:
    await actions.change_canned_response(call.context, call.principal, call.path["id"], call.given)
    return await _one(call, call.path["id"])


async def delete_canned_response(call: Call) -> None:
    await actions.delete_canned_response(call.context, call.principal, call.path["id"])


async def _one(call: Call, number: int) -> Json:
    return _shown(await get_one(call, CANNED_RESPONSES, number), call)


def _shown(one: CannedResponse, call: Call) -> dict[str, Any]:
    return {
        "id": one.id,
        "account_id": call.tenant_id,
        "short_code": one.short_code,
        "content": one.content,
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
    }


FAMILY = Family(
    endpoints=(
        Endpoint(
            "GET",
            _ALL,
            list_canned_responses,
            "List canned responses",
            "[canned-response]",
            query="search  text  Only those with these words, in any case: short codes that begin with them come first.",
            example={"search": "hel"},
        ),
        Endpoint(
            "POST",
            _ALL,
            create_canned_response,
            "Make a canned response",
            "canned-response",
            request="""
            short_code*  text(1..255)     What agents type; unique in the account.
            content*     text(1..150000)  What stands there then.
            """,
            example=_EXAMPLE,
            wrap="canned_response",
        ),
        Endpoint(
            "PATCH",
            _ONE,
            update_canned_response,
            "Change a canned response",
            "canned-response",
            request="""
            short_code  text(1..255)     What agents type; unique in the account.
            content     text(1..150000)  What stands there then.
            """,
            example={"content": "Hello!"},
            wrap="canned_response",
            refuses=(404,),
        ),
        Endpoint("DELETE", _ONE, delete_canned_response, "Delete a canned response", "", refuses=(404,)),
    ),
    shapes=(
        shape(
            "canned-response",
            "A ready-made answer.",
            """
            id*          int64  Its number.
            account_id*  int64  The account.
            short_code*  text   What agents type.
            content*     text   What stands there then.
            created_at*  time   When it was made.
            updated_at*  time   When it was changed last.
            """,
        ),
    ),
)
