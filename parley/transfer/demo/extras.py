"""What messages carry beside their text: files, reactions, threads, references, widgets, and where imported ones came from."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from random import Random

from ...store.load import NewConversation, NewMessage, jsonb
from . import world
from .dataset import Dataset
from .story import Story

_FILES = (
    ("photo.jpg", "image", "image/jpeg", 1600, 1200),
    ("battery-log.txt", "file", "text/plain", None, None),
    ("invoice.pdf", "file", "application/pdf", None, None),
    ("noise.m4a", "audio", "audio/mp4", None, None),
    ("ride.mp4", "video", "video/mp4", 1280, 720),
    ("serial number.png", "image", "image/png", 800, 600),
)
_EMOJI = ("1f44d", "1f389", "2764-fe0f", "1f440")
_DON = f"don:core:dvrv-us-1:devo/{world.SLUG}"


def decorate(rng: Random, data: Dataset, conversation: NewConversation, story: Story) -> None:
    """Adds to some of the story's messages what real ones have."""
    said = [message for message in story.messages if message.kind in ("incoming", "outgoing")]
    for message in said:
        chance = rng.random()
        if chance < 0.07:
            _attach(rng, data, message)
        elif chance < 0.11:
            _react(rng, data, message, story)
        elif chance < 0.12 and message.kind == "outgoing":
            message.references_ = jsonb([_article(rng)])
        elif chance < 0.13 and message.kind == "outgoing":
            _add_snap_kit(message, conversation.number)
        elif chance < 0.14:
            message.labels = ["needs-translation"] if story.person.language != "en" else ["good-example"]
            message.panels = ["customer_chat"]
    if conversation.inbox_id in (world.SUPPORT_MAIL, world.BILLING_MAIL) and rng.random() < 0.15:
        _show_as_mail(said[0], conversation, story)
    _thread(rng, said)
    if rng.random() < 0.01 and len(said) > 3:
        _delete(said[-2])


def import_from(rng: Random, data: Dataset, conversation: NewConversation, messages: list[NewMessage]) -> None:
    """Marks a conversation and its messages as brought by a sync unit."""
    unit = 1 if rng.random() < 0.8 else 2
    system = ("zendesk", "salesforce_service")[unit - 1]
    outward = rng.random() < 0.5
    origin = {"system": system, "sync_unit_id": unit, "in_status": rng.choice(("succeeded", "succeeded", "modified", "staged", "failed"))}
    times = {"in_at": conversation.last_activity_at, "out_status": "succeeded" if outward else None}
    times["out_at"] = conversation.last_activity_at + timedelta(minutes=1) if outward else None
    noun = {"noun": "conversation", "local_id": conversation.number, "external_id": str(90000 + conversation.number)}
    data.details["origins"].append(noun | origin | times)
    for place, message in enumerate(messages):
        message.is_imported = True
        said = {"noun": "message", "local_id": message.id, "external_id": f"{90000 + conversation.number}-{place}"}
        data.details["origins"].append(said | origin | times)


def _attach(rng: Random, data: Dataset, message: NewMessage) -> None:
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        name, file_type, content_type, width, height = rng.choice(_FILES)
        attachment_id = len(data.structure["attachments"]) + len(data.details["attachments"]) + 1
        data.details["attachments"].append(
            {
                "id": attachment_id,
                "message_id": message.id,
                "file_type": file_type,
                "file_name": name,
                "content_type": content_type,
                "byte_size": rng.randrange(2_000, 4_000_000),
                "width": width,
                "height": height,
                "external_url": f"https://cdn.larkspur.example/files/{attachment_id}/{name.replace(' ', '%20')}",
                "extension": name.rpartition(".")[2],
                "meta": "{}",
                "created_at": message.created_at,
                "updated_at": message.created_at,
            }
        )
        message.attachment_count += 1


def _react(rng: Random, data: Dataset, message: NewMessage, story: Story) -> None:
    users = rng.sample(sorted(story.names), rng.choice((1, 1, 2)))
    actors = [("user", user) for user in users] + ([("contact", story.person.id)] if message.kind == "outgoing" else [])
    emoji = rng.choice(_EMOJI)
    for step, (kind, actor) in enumerate(actors, 1):
        reaction = {"message_id": message.id, "emoji": emoji, "actor_kind": kind, "actor_id": actor}
        data.details["reactions"].append(reaction | {"created_at": message.created_at + timedelta(seconds=20 * step)})


def _article(rng: Random) -> dict[str, str]:
    number = rng.randrange(1, 60)
    return {"type": "article", "id": f"{_DON}:article/{number}", "display_id": f"ART-{number}", "title": f"Help page {number}"}


def _add_snap_kit(message: NewMessage, number: int) -> None:
    block = {"type": "card", "elements": [{"type": "plain_text", "text": message.body}, {"type": "button", "text": "Open order"}]}
    snap_in = f"don:integration:dvrv-us-1:devo/{world.SLUG}:snap_in/0d2c7f5e-3c1b-4b5e-9a55-5f6a2b7c9d01"
    message.snap_kit_body = jsonb(
        {"body": {"snaps": [block], "conversation": number}, "snap_in_action_name": "order_card", "snap_in_id": snap_in}
    )
    message.body_type = "snap_kit"


def _show_as_mail(message: NewMessage, conversation: NewConversation, story: Story) -> None:
    sender = {"address": story.person.email or "unknown@mail.example", "name": story.person.first_name}
    mail = {
        "type": "email_preview",
        "id": f"{_DON}:snap_widget/{conversation.number}",
        "name": "E-mail",
        "status": "published",
        "namespace": "email_preview",
        "subject": conversation.title,
        "text_body": message.body,
        "from": [sender],
        "to": [{"address": "support@larkspur.example", "name": "Larkspur"}],
        "cc": [],
        "bcc": [],
        "reply_to": [sender],
        "references": [],
        "inlines": [],
        "message_id": f"<{conversation.uuid}@mail.example>",
        "is_spam": conversation.is_spam,
    }
    message.snap_widgets = jsonb([mail])
    message.content_type = "incoming_email"
    message.source_id = f"{conversation.uuid}@mail.example"
    message.content_attributes = jsonb({"email": {"subject": conversation.title, "from": [sender["address"]]}})


def _thread(rng: Random, said: list[NewMessage]) -> None:
    """Some answers belong to the message before them."""
    for before, after in pairwise(said):
        if after.kind == "outgoing" and before.thread_id is None and rng.random() < 0.05:
            after.thread_id = before.id
            before.reply_count += 1


def _delete(message: NewMessage) -> None:
    message.body = message.processed_body = message.snap_kit_body = None
    message.body_type = "text"
    message.deleted_at = message.updated_at = message.created_at + timedelta(seconds=30)
    message.content_attributes = jsonb({"deleted": True})
