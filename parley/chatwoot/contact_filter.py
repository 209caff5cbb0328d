"""Contacts by any condition (contract 3.4): the grammar of ``filter.py`` over what a contact has."""

from __future__ import annotations

from typing import Any

from ..reference.notation import shape
from ..store.contact_filter import CONTACT_SORTS, find_contacts
from ..store.database import keep_plans, vary_plans
from . import filter_values as read
from .encode_contacts import shown_contacts
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .filter import CONDITIONS, CONTAINS, DAYS, EQUAL, PRESENT, Attribute, Attributes, asked_conditions
from .filter_values import Values
from .readers import Json

PAGE_SIZE = 15
_SORTS = " ".join(f"{sign}{name}" for name in CONTACT_SORTS for sign in ("", "-"))


def _lower(values: list[Any]) -> Values:
    """The first value, in lower case."""
    return tuple(None if value is None else value.lower() for value in read.first_text(values))


def _phone_number(values: list[Any]) -> Values:
    """With its plus, whether it was sent or not."""
    return tuple(None if value is None else "+" + value.strip().lstrip("+") for value in _lower(values))


ATTRIBUTES: Attributes = {
    "name": Attribute("name", (*EQUAL, *CONTAINS), _lower),
    "phone_number": Attribute("phone_number", (*EQUAL, *CONTAINS, "starts_with"), _phone_number),
    "email": Attribute("email", (*EQUAL, *CONTAINS), _lower),
    "identifier": Attribute("identifier", EQUAL, _lower),
    "country_code": Attribute("country_code", EQUAL, _lower),
    "city": Attribute("city", (*EQUAL, *CONTAINS), _lower),
    "company": Attribute("company", (*EQUAL, *CONTAINS), _lower),
    "labels": Attribute("labels", (*EQUAL, *PRESENT), read.first_text),
    "created_at": Attribute("created_at", DAYS),
    "last_activity_at": Attribute("last_activity_at", DAYS),
    "blocked": Attribute("blocked", EQUAL, read.first(read.flags)),
}
"""In the order in which the original's refusal lists them; of several values only the first counts."""


async def filter_contacts(call: Call) -> Json:
    asked = await asked_conditions(call, ATTRIBUTES, "contact")
    await vary_plans(call.connection)
    sort = call.given.get("sort")
    count, ids = await find_contacts(call.connection, call.tenant_id, asked, sort=sort, limit=PAGE_SIZE, offset=call.offset(PAGE_SIZE))
    await keep_plans(call.connection)
    shown = await shown_contacts(call, ids)
    return {"meta": {"count": count, "current_page": current_page(call)}, "payload": shown}


def current_page(call: Call) -> int | str:
    """As the original repeats it: the query's text as it came, the body's number, and 1 where none was given."""
    asked = call.request.query_params.get("page")
    return call.given.get("page", 1) if asked is None else asked


FAMILY = Family(
    endpoints=(
        Endpoint(
            "POST",
            f"{ACCOUNT}/contacts/filter",
            filter_contacts,
            "Filter contacts",
            "filtered-contacts",
            request=f"""
            payload*  [filter-condition]  Conditions; with none at all every contact matches.
            page      int32(1..100000000)          Which page, from 1; 15 contacts each.
            sort      <{_SORTS}>  The order, descending with a minus; contacts without a value stand last. By number when absent.
            """,
            query=f"""
            page  int32(1..100000000)  The same as in the body.
            sort  <{_SORTS}>  The same as in the body.
            """,
            text="""
            Any conditions over name, phone_number, email, identifier, country_code, city, company, labels, blocked, created_at,
            last_activity_at and the account's custom attributes of contacts, joined by AND and OR; AND binds before OR. Texts are
            compared in any case; of several values equal_to and not_equal_to look at the first.
            """,
            example={"payload": [{"attribute_key": "name", "filter_operator": "contains", "values": ["a"], "query_operator": None}]},
            is_write=False,
        ),
    ),
    shapes=(
        shape(
            "filtered-contacts",
            "What a filter selects.",
            """
            meta*     filtered-contacts-meta  How many match.
            payload*  [listed-contact]  The page.
            """,
        ),
        shape(
            "filtered-contacts-meta",
            "How many contacts match, exactly.",
            """
            count*         int64        All of them.
            current_page*  text | int64  The page, as it was asked for.
            """,
        ),
    ),
    own=CONDITIONS,
)
