"""What customers said in surveys, for who reads reports (contract 3.5): the list, the numbers, a table to take along."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.responses import Response

from ..actions.surveys import REPORTS, review
from ..domain.people import Contact, Member
from ..domain.problems import InvalidValue
from ..reference.notation import shape
from ..store import people, surveys
from ..store.surveys import SURVEY_RESPONSES, Choice, SurveyResponse
from . import encode_people
from .csv_file import csv_file
from .encode_types import epoch
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .nouns import get_one
from .readers import Json, integer

_ALL = f"{ACCOUNT}/csat_survey_responses"
_PAGE_SIZE = 25
_HEADERS = (
    "Agent Name", "Rating", "Feedback Comment", "Contact Name", "Contact Email Address", "Contact Phone Number",
    "Link to the conversation", "Recorded date", "Review notes",
)  # fmt: skip
_CHOICE = """
    since     time  Answered at this time or later.
    until     time  Answered before this time.
    user_ids  [int64]  Answered by any of these users. Repeat it as `user_ids[]`.
    inbox_id  int64?  In this inbox.
    team_id   int64?  Of this team.
    rating    int32(1..5) | [int32(1..5)]  With this rating. Repeat it as `rating[]` for several.
"""


async def list_survey_responses(call: Call) -> list[Json]:
    page, oldest_first = call.given.get("page", 1), call.given.get("sort") == "created_at"
    rows = await surveys.page_responses(
        call.connection, call.tenant_id, _choice(call), limit=_PAGE_SIZE, offset=(page - 1) * _PAGE_SIZE, oldest_first=oldest_first
    )
    return await _shown(call, rows)


async def count_survey_responses(call: Call) -> Json:
    ratings = await surveys.count_ratings(call.connection, call.tenant_id, _choice(call))
    return {
        "total_count": sum(ratings.values()),
        "ratings_count": {str(rating): total for rating, total in ratings.items()},
        "total_sent_messages_count": await surveys.count_asked(call.connection, call.tenant_id, _choice(call)),
    }


async def download_survey_responses(call: Call) -> Response:
    table: list[tuple[Any, ...]] = [_HEADERS]
    async for rows in surveys.walk_responses(call.connection, call.tenant_id, _choice(call)):
        contacts, members = await _people(call, rows)
        table += [_cells(row, contacts.get(row.contact_id), members.get(row.assigned_user_id or 0), call) for row in rows]
    since, until = (call.given.get(name) for name in ("since", "until"))
    if since and until:
        table.append((f"Reporting period {_day(since)} to {_day(until)}",))
    return csv_file("csat_report", table, marked=True)


async def review_survey_response(call: Call) -> Json:
    if "csat_review_notes" in call.given:
        await review(call.context, call.principal, call.path["id"], call.given["csat_review_notes"])
    row = await get_one(call, SURVEY_RESPONSES, call.path["id"])
    return (await _shown(call, [row]))[0]


def _choice(call: Call) -> Choice:
    given, rating = call.given, call.given.get("rating")
    return Choice(
        since=given.get("since"),
        until=given.get("until"),
        user_ids=tuple(given["user_ids"]) if given.get("user_ids") else None,
        inbox_id=given.get("inbox_id"),
        team_id=given.get("team_id"),
        ratings=tuple(rating) if rating else None,
    )


def _ratings(path: str, value: Any) -> list[int]:
    """One rating or a list of them. Raises InvalidValue."""
    found = [integer(path, one) for one in (value if isinstance(value, list) else [value]) if one != ""]
    if any(not 1 <= one <= 5 for one in found):
        raise InvalidValue(path, f"{path} is from 1 to 5")
    return found


async def _people(call: Call, rows: list[SurveyResponse]) -> tuple[dict[int, Contact], dict[int, Member]]:
    users = {user for row in rows for user in (row.assigned_user_id, row.reviewed_by) if user is not None}
    contacts = await people.get_contacts(call.connection, call.tenant_id, {row.contact_id for row in rows})
    return contacts, await people.get_members(call.connection, call.tenant_id, users)


async def _shown(call: Call, rows: list[SurveyResponse]) -> list[Json]:
    contacts, members = await _people(call, rows)
    return [_row(row, contacts.get(row.contact_id), members, call) for row in rows]


def _row(row: SurveyResponse, contact: Contact | None, members: dict[int, Member], call: Call) -> Json:
    shown: Json = {
        "id": row.id,
        "rating": row.rating,
        "feedback_message": row.feedback,
        "csat_review_notes": row.review_notes,
        "review_notes_updated_at": None if row.reviewed_at is None else epoch(row.reviewed_at),
        "account_id": call.tenant_id,
        "message_id": row.message_id,
    }
    if contact is not None:
        shown["contact"] = encode_people.contact(contact, call.wire)
    shown["conversation_id"] = row.conversation_number
    for name, user_id in (("assigned_agent", row.assigned_user_id), ("review_notes_updated_by", row.reviewed_by)):
        found = members.get(user_id or 0)
        agent = None if found is None else encode_people.agent(found, call.wire)
        if agent is not None:
            shown[name] = agent
    shown["created_at"] = epoch(row.created_at)
    return shown


def _cells(row: SurveyResponse, contact: Contact | None, agent: Member | None, call: Call) -> tuple[Any, ...]:
    return (
        f"{agent.name} ({agent.email})" if agent else None,
        row.rating,
        row.feedback,
        contact.name if contact else None,
        contact.email if contact else None,
        contact.phone_number if contact else None,
        f"{call.wire.base_url}/app/accounts/{call.tenant_id}/conversations/{row.conversation_number}",
        f"{row.created_at:%Y-%m-%d %H:%M:%S} UTC",
        row.review_notes,
    )


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


FAMILY = Family(
    endpoints=(
        Endpoint(
            "GET",
            _ALL,
            list_survey_responses,
            "List what customers said",
            "[csat-survey-response]",
            query=f"""{_CHOICE}
    page      int32(1..10000000)  Which page, from 1; 25 each.
    sort      <created_at -created_at>?  `-created_at`, newest first, unless told.
""",
            example={"rating": 5},
            access="administrators",
            permits=REPORTS,
        ),
        Endpoint(
            "GET",
            f"{_ALL}/metrics",
            count_survey_responses,
            "Count what customers said",
            """
            total_count*                int64    How many answered.
            ratings_count*              {int64}  How often each rating was given, by rating.
            total_sent_messages_count*  int64    How often customers were asked between the two times.
            """,
            query=_CHOICE,
            access="administrators",
            permits=REPORTS,
        ),
        Endpoint(
            "GET",
            f"{_ALL}/download",
            download_survey_responses,
            "Download what customers said",
            "csv",
            media="text/csv",
            query=_CHOICE,
            text="A table as CSV, newest first.",
            access="administrators",
            permits=REPORTS,
        ),
        Endpoint(
            "PATCH",
            f"{_ALL}/{{id}}",
            review_survey_response,
            "Note something on what a customer said",
            "csat-survey-response",
            request="csat_review_notes  text(..10000)?  The note; null takes it away.",
            example={"csat_review_notes": "Called back."},
            access="administrators",
            permits=REPORTS,
            wrap="csat_survey_response",
        ),
    ),
    own={"int32(1..5) | [int32(1..5)]": _ratings},
    shapes=(
        shape(
            "csat-survey-response",
            "What a customer said, and about whom.",
            """
            id*                       int64   Its number.
            rating*                   int32(1..5)  From 1, not at all satisfied.
            feedback_message*         text?   In the customer's words.
            csat_review_notes*        text?   What was noted on it.
            review_notes_updated_at*  int64?  When that was.
            account_id*               int64   The account.
            message_id*               int64   The message that asked.
            contact                   contact  The customer.
            conversation_id*          int64   The conversation.
            assigned_agent            agent   Who answered the conversation then.
            review_notes_updated_by   agent   Who noted it.
            created_at*               int64   When it was answered.
            """,
        ),
    ),
)
