"""Bulk actions (contract 3.3): asked for at once, done afterwards; one can ask how far they have come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import msgspec

from ..actions import bulk_actions as actions
from ..domain.problems import InvalidValue, MissingField
from ..reference.notation import shape
from ..store.bulk_actions import BulkAction
from ..store.database import keep_plans, vary_plans
from .decode import decode
from .encode_types import epoch
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .readers import Json
from .views import numbers_asked, require_team

_ALL = f"{ACCOUNT}/bulk_actions"


async def create_bulk_action(call: Call) -> Json:
    given = call.given
    if given["type"] == "Contact" and (given.get("fields") or "filter" in given or "snoozed_until" in given):
        raise InvalidValue("fields", "contacts take labels, or action_name delete")
    number = await actions.ask(call.context, call.principal, given["type"], _wanted(given), await _targets(call))
    return await _one(call, number)


async def show_bulk_action(call: Call) -> Json:
    return await _one(call, call.path["id"])


def _wanted(given: Json) -> dict[str, Any]:
    """What is to change, in our words. An id of 0, "nil" or null means nobody."""
    fields = given.get("fields") or {}
    wanted: dict[str, Any] = {name: fields[name] or None for name in ("assignee_id", "team_id") if name in fields}
    if "status" in fields:
        wanted["status"] = fields["status"]
    if (until := given.get("snoozed_until")) is not None:
        wanted |= {"status": "snoozed", "snoozed_until": until.isoformat()}
    if fields.get("status", "snoozed") != "snoozed" and until is not None:
        raise InvalidValue("snoozed_until", "snoozed_until goes with the status snoozed")
    labels = given.get("labels") or {}
    wanted |= {side: [one.strip() for one in labels[side]] for side in ("add", "remove") if labels.get(side)}
    return wanted | ({"delete": True} if given.get("action_name") == "delete" and given["type"] == "Contact" else {})


async def _targets(call: Call) -> list[int]:
    """The ids, or everything that the filter matches now. Raises MissingField, InvalidValue."""
    given = call.given
    if ("ids" in given) == ("filter" in given):
        raise MissingField("ids", "either ids or a filter says what is to change")
    if "ids" in given:
        return list(given["ids"])
    query = urlencode(list(_pairs(given["filter"]))).encode()
    asked = decode(query, call.principal, call.context.clock(), call.context.chatwoot_page_size)
    await require_team(call.connection, call.principal, asked)
    await vary_plans(call.connection)
    patient = replace(call.context, search_budget_s=4 * call.context.search_budget_s)
    found = await numbers_asked(patient, call.connection, call.principal, replace(asked, whole=True))
    await keep_plans(call.connection)
    if not found.complete:
        raise InvalidValue("filter", "the search takes too long for all matches to be found: narrow it")
    return found.numbers


def _pairs(asked: Json) -> Iterator[tuple[str, str]]:
    """The list's query, from an object with the same names."""
    for name, value in asked.items():
        if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict | list) for one in value)):
            raise InvalidValue(f"filter.{name}", f"filter.{name} takes what the list's parameter takes")
        if isinstance(value, list):
            yield from ((f"{name}[]", str(one)) for one in value)
        elif value is not None:
            yield name, str(value)


async def _one(call: Call, number: int) -> Json:
    return _shown(await actions.get_bulk_action(call.connection, call.principal, number))


def _shown(one: BulkAction) -> Json:
    return {
        "id": one.id,
        "type": one.type,
        "state": one.state,
        "total": one.total,
        "done": one.done,
        "failed": one.failed,
        "failures": msgspec.json.decode(one.failures),
        "created_at": epoch(one.created_at),
        "finished_at": None if one.finished_at is None else epoch(one.finished_at),
    }


FAMILY = Family(
    endpoints=(
        Endpoint(
            "POST",
            _ALL,
            create_bulk_action,
            "Change many at once",
            "bulk-action",
            text=(
                "It is done after the answer, a few at a time, each conversation or contact all or nothing, as far as the caller may "
                "change it. The answer's id is what to ask for."
            ),
            request="""
            type*          <Conversation Contact>  What is changed.
            ids            [int64](..100000)  Which: conversations by number. Either these or a filter.
            filter         object   Everything that the conversation list has for these parameters: status, assignee_type, inbox_id,
              team_id, labels, q, conversation_type ...
            fields         bulk-fields?  What becomes of conversations.
            labels         bulk-labels?  Labels to put on and to take off.
            snoozed_until  time?    Until when they sleep; the status is then snoozed.
            action_name    text?    For contacts: delete. Administrators only.
            """,
            example={"type": "Conversation", "ids": [1], "fields": {"status": "resolved"}, "labels": {"add": ["done"]}},
            refuses=(404,),
        ),
        Endpoint(
            "GET", f"{_ALL}/{{id}}", show_bulk_action, "Ask for a bulk action", "bulk-action", refuses=(404,),
            text="Whoever asked for it may, and an administrator.",
        ),
    ),
    shapes=(
        shape(
            "bulk-fields",
            "What becomes of conversations.",
            """
            status       text?   open, resolved, pending or snoozed.
            assignee_id  int64?  Who answers; null or 0 for nobody.
            team_id      int64?  Which team answers; null or 0 for none.
            """,
        ),
        shape(
            "bulk-labels",
            "Labels.",
            """
            add     [text](..100)?  To put on; what is new is made.
            remove  [text](..100)?  To take off.
            """,
        ),
        shape(
            "bulk-action",
            "How a bulk action stands.",
            """
            id*           int64  Its number.
            type*         <Conversation Contact>  What is changed.
            state*        <queued running done>  Whether it goes on.
            total*        int64  How many are to be changed.
            done*         int64  How many were.
            failed*       int64  How many could not be.
            failures*     [bulk-failure]  The first thousand of these, and why.
            created_at*   int64  When it was asked for.
            finished_at*  int64?  When it was done.
            """,
        ),
        shape(
            "bulk-failure",
            "What could not be changed.",
            """
            id*     int64  The conversation's number, or the contact's.
            error*  text   Why.
            """,
        ),
    ),
)  # fmt: skip
