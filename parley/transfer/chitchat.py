"""Real conversations: the Chit Chat Challenge data set of Brigham Young University, from the package `chitchat-dataset`.

7,168 conversations between two people with 258,145 messages and their real times (April to November 2018). Who wrote first
is the contact; a rated conversation is resolved, any other stands where its last message left it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib import resources
from typing import Any
from uuid import UUID

from ..domain.problems import NotFound
from ..domain.stages import STOCK_STAGES
from ..store.load import NewConversation, NewMessage, jsonb
from .demo import cast
from .demo.dataset import Dataset
from .demo.derive import derive

SLUG, NAME = "chitchat", "Chit Chat Challenge"
DOMAIN = "chitchat.parley.example"
CONVERSATIONS, MESSAGES = 7168, 258145
BATCH = 500
SINCE = datetime(2018, 4, 1, tzinfo=UTC)
SUMMER = "2018-07-01"
"""The first inbox holds what began before, the second the rest."""

_STAGES = {stage.name: stage for stage in STOCK_STAGES}
_MEMBERS = {1: (1, 3, 4, 5, 6, 10), 2: (2, 7, 8, 9, 10)}

Chat = Mapping[str, Any]


def read() -> dict[str, Chat]:
    """Every chat by its id. Raises NotFound, saying how to install the package, when it is absent."""
    try:
        file = resources.files("chitchat_dataset").joinpath("dataset.json")
    except ModuleNotFoundError as error:
        raise NotFound("the data set is not installed: pip install 'parley[chitchat]'") from error
    chats: dict[str, Chat] = json.loads(file.read_text(encoding="utf-8"))
    return dict(sorted(chats.items(), key=lambda item: (_utterances(item[1])[0]["timestamp"], item[0])))


def furniture(chats: Mapping[str, Chat], users: Sequence[int]) -> Dataset:
    """The people who asked, two inboxes, and the fields for the ratings."""
    data = Dataset()
    into, stamps = data.structure, {"created_at": SINCE, "updated_at": SINCE}
    into["memberships"] += [row | {"custom_role_id": None, "avatar_id": None} for row in cast.agents(users, DOMAIN, SINCE)]
    into["inboxes"] += [{"id": i, "name": name, "kind": "api", **stamps} for i, name in enumerate(("Spring", "Autumn"), 1)]
    into["inbox_members"] += [
        {"inbox_id": inbox, "user_id": users[place], "created_at": SINCE} for inbox, places in _MEMBERS.items() for place in places
    ]
    field = {"field_type": "int", "chatwoot_type": "number", **stamps}
    into["custom_fields"] += [
        {"id": i, "key": key, "display_name": key.title(), **field} for i, key in enumerate(("witty", "interesting", "upbeat"), 1)
    ]
    for contact_id, sender in enumerate(_askers(chats), 1):
        into["contacts"].append({"id": contact_id, "name": f"Guest {contact_id}", "identifier": sender, "kind": "lead", **stamps})
        for inbox in (1, 2):
            point = {"id": 2 * contact_id + inbox - 2, "contact_id": contact_id, "inbox_id": inbox, "source_id": sender}
            into["contact_points"].append(point | stamps)
    return data


def batches(chats: Mapping[str, Chat], users: Sequence[int]) -> Iterator[Dataset]:
    """The conversations, in the order of their beginnings."""
    contacts = {sender: contact_id for contact_id, sender in enumerate(_askers(chats), 1)}
    message_id, items = 0, list(chats.items())
    for start in range(0, len(items), BATCH):
        data = Dataset()
        for number, (chat_id, chat) in enumerate(items[start : start + BATCH], start + 1):
            messages = _messages(chat, number, message_id, contacts, users)
            message_id += len(messages)
            data.conversations.append(_conversation(chat_id, chat, number, messages))
            data.messages += messages
        yield data


def _conversation(chat_id: str, chat: Chat, number: int, messages: list[NewMessage]) -> NewConversation:
    asker, answer = messages[0].author_id or 0, next((m for m in reversed(messages) if m.kind == "outgoing"), None)
    stage = _STAGES[_stage(chat, messages, answer)]
    inbox_id = 1 if _utterances(chat)[0]["timestamp"] < SUMMER else 2
    row = NewConversation(
        number=number,
        uuid=str(UUID(chat_id)),
        title=chat.get("prompt"),
        stage_id=stage.id,
        status=stage.status,
        inbox_id=inbox_id,
        contact_id=asker,
        contact_point_id=2 * asker + inbox_id - 2,
        assignee_user_id=answer.author_id if answer else None,
        source_channel="api",
        identifier=chat_id,
        additional_attributes=jsonb({"start": chat["start"]}),
        custom_fields=jsonb({"tnt": chat["ratings"]} if chat.get("ratings") else {}),
        created_by_id=asker,
        modified_by_kind=messages[-1].author_kind,
        modified_by_id=messages[-1].author_id,
        created_at=messages[0].created_at,
        modified_at=messages[-1].created_at,
        last_activity_at=messages[-1].created_at,
        closed_at=messages[-1].created_at if stage.status == "resolved" else None,
        agent_last_seen_at=answer.created_at if answer else None,
    )
    derive(row, messages)
    return row


def _stage(chat: Chat, messages: list[NewMessage], answer: NewMessage | None) -> str:
    if chat.get("ratings"):
        return "resolved"
    if answer is None:
        return "new"
    return "waiting_on_user" if messages[-1] is answer else "needs_response"


def _messages(chat: Chat, number: int, last_id: int, contacts: Mapping[str, int], users: Sequence[int]) -> list[NewMessage]:
    """Who did not ask is played by one of the agents, always the same one."""
    said, asker = _utterances(chat), _utterances(chat)[0]["sender"]
    messages = []
    inbox_id = 1 if said[0]["timestamp"] < SUMMER else 2
    for message_id, one in enumerate(said, last_id + 1):
        incoming = one["sender"] == asker
        at = datetime.fromisoformat(one["timestamp"])
        messages.append(
            NewMessage(
                id=message_id,
                conversation_number=number,
                kind="incoming" if incoming else "outgoing",
                author_kind="contact" if incoming else "user",
                author_id=contacts[asker] if incoming else _agent(one["sender"], inbox_id, users),
                body=one["text"],
                processed_body=one["text"],
                created_at=at,
                updated_at=at,
            )
        )
    return messages


def _agent(sender: str, inbox_id: int, users: Sequence[int]) -> int:
    places = _MEMBERS[inbox_id]
    return users[places[UUID(sender).int % len(places)]]


def _askers(chats: Mapping[str, Chat]) -> list[str]:
    """Everybody who wrote first, who did so most often first: that one is the demo's contact."""
    return [sender for sender, _ in Counter(_utterances(chat)[0]["sender"] for chat in chats.values()).most_common()]


def _utterances(chat: Chat) -> list[dict[str, str]]:
    return [utterance for turn in chat["messages"] for utterance in turn]
