"""Who has to do with a conversation, and what it is marked with (contract 3.1): assignments, participants, labels."""

from __future__ import annotations

from typing import Any

from ..actions import assigning, labelling, participants
from ..domain.principals import Ref
from ..reference.notation import shape
from ..store import conversations, people
from ..store.teams import TEAMS
from . import encode_people
from .conversations import CONVERSATION, opened, require_conversation
from .encode_types import iso
from .endpoints import Call, Endpoint, Family
from .readers import Json

_LABELS, _PARTICIPANTS = f"{CONVERSATION}/labels", f"{CONVERSATION}/participants"
_USER_IDS = "user_ids*  [int64](..1000)  Users of the account, each with access to the inbox."


async def assign_conversation(call: Call) -> Json | None:
    """The one who answers now. A user or bot goes before a team."""
    number, given = await opened(call), call.given
    if given.get("assignee_type") == "AgentBot":
        bot_id = await assigning.assign_bot(call.context, call.principal, number, given.get("assignee_id"))
        bots = await people.get_bots(call.connection, call.tenant_id, [bot_id] if bot_id is not None else [])
        return next((encode_people.slim_bot(bot, call.wire) for bot in bots.values()), None)
    if "assignee_id" in given:
        user_id = await assigning.assign_user(call.context, call.principal, number, given["assignee_id"])
        return next(iter(await _agents(call, [user_id] if user_id is not None else [])), None)
    return await _assign_team(call, number) if "team_id" in given else None


async def _assign_team(call: Call, number: int) -> Json | None:
    """The bare row, as the original shows it here."""
    team_id = await assigning.assign_team(call.context, call.principal, number, call.given["team_id"])
    found = await TEAMS.get(call.connection, call.tenant_id, [team_id] if team_id is not None else [])
    shown = await people.get_teams(call.connection, call.tenant_id, found, None)
    return next((_team(shown[number], row, call) for number, row in found.items()), None)


def _team(team: Any, row: Any, call: Call) -> Json:
    return {
        "id": team.id,
        "name": team.name,
        "description": team.description,
        "allow_auto_assign": team.allow_auto_assign,
        "account_id": call.tenant_id,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
    }


async def _agents(call: Call, user_ids: list[int]) -> list[Json]:
    """Users as agents, in this order; who has left is left out."""
    found = await people.get_members(call.connection, call.tenant_id, user_ids)
    shown = [encode_people.agent(found[user_id], call.wire) for user_id in user_ids if user_id in found]
    return [one for one in shown if one is not None]


async def list_participants(call: Call) -> list[Json]:
    number = call.path["conversation_id"]
    await require_conversation(call.connection, call.principal, number)
    (row,) = await conversations.get_conversations(call.connection, call.tenant_id, [number])
    members = [Ref.parse(text) for text in row.members]
    return await _agents(call, [ref.id for ref in members if ref.kind == "user"])


async def add_participants(call: Call) -> list[Json]:
    added = await participants.add_participants(call.context, call.principal, await opened(call), call.given["user_ids"])
    return await _agents(call, added)


async def set_participants(call: Call) -> list[Json]:
    now = await participants.set_participants(call.context, call.principal, await opened(call), call.given["user_ids"])
    return await _agents(call, now)


async def remove_participants(call: Call) -> None:
    await participants.remove_participants(call.context, call.principal, await opened(call), call.given["user_ids"])


async def list_conversation_labels(call: Call) -> Json:
    await require_conversation(call.connection, call.principal, call.path["conversation_id"])
    return await _labels(call, call.path["conversation_id"])


async def set_conversation_labels(call: Call) -> Json:
    number = await opened(call)
    await labelling.set_conversation_labels(call.context, call.principal, number, call.given.get("labels") or [])
    return await _labels(call, number)


async def _labels(call: Call, number: int) -> Json:
    (row,) = await conversations.get_conversations(call.connection, call.tenant_id, [number])
    tags = await conversations.get_tags(call.connection, call.tenant_id, row.tag_ids)
    return {"payload": [tags[tag_id].name for tag_id in row.tag_ids]}


FAMILY = Family(
    endpoints=(
        Endpoint(
            "POST",
            f"{CONVERSATION}/assignments",
            assign_conversation,
            "Say who answers a conversation",
            "agent | bot | assigned-team?",
            text=(
                "A user, a bot, or else a team; null, 0 and ids that the account does not have leave it to nobody. A user who is not "
                "of the new team does not answer any more. The answer is who answers now."
            ),
            request="""
            assignee_id    int64?  The user, or with `assignee_type` AgentBot the bot. It goes before team_id.
            assignee_type  text?   `AgentBot` for a bot.
            team_id        int64?  The team.
            """,
            example={"assignee_id": 1},
            bots=True,
        ),
        Endpoint("GET", _PARTICIPANTS, list_participants, "List who takes part in a conversation", "[agent]"),
        Endpoint(
            "POST", _PARTICIPANTS, add_participants, "Let users take part", "[agent]",
            text="The answer has those who did not take part before.", request=_USER_IDS, example={"user_ids": [1]},
        ),
        Endpoint(
            "PATCH", _PARTICIPANTS, set_participants, "Say which users take part", "[agent]",
            text="Exactly these, and nobody else.", request=_USER_IDS, example={"user_ids": [1]},
        ),
        Endpoint(
            "DELETE", _PARTICIPANTS, remove_participants, "Let users take part no more", "", request=_USER_IDS, example={"user_ids": [1]}
        ),
        Endpoint("GET", _LABELS, list_conversation_labels, "List a conversation's labels", "conversation-labels", bots=True),
        Endpoint(
            "POST",
            _LABELS,
            set_conversation_labels,
            "Set a conversation's labels",
            "conversation-labels",
            text="Exactly these; none takes all away. Any words will do, and a comma parts two labels.",
            request="labels  [text](..1000)?  Its labels from now on.",
            example={"labels": ["support", "billing"]},
            bots=True,
        ),
    ),
    shapes=(
        shape(
            "conversation-labels",
            "Labels of a conversation.",
            """
            payload*  [text]  Their names.
            """,
        ),
        shape(
            "assigned-team",
            "The team that answers.",
            """
            id*                 int64  Its number.
            name*               text   Name.
            description*        text?  What it does.
            allow_auto_assign*  bool   Whether conversations are given to its members by themselves.
            account_id*         int64  The account.
            created_at*         time   When it was made.
            updated_at*         time   When it was changed last.
            """,
        ),
    ),
)  # fmt: skip
