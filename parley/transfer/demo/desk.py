"""What the demo shop's team keeps at hand: saved replies, macros, rules, views, notes, and the tickets that come of conversations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import TypeAlias

from ...store.load import NewConversation, jsonb
from . import world
from .dataset import Dataset, Row, Tables

_Steps: TypeAlias = list[tuple[str, list[object]]]
# Key, operator, values, and what joins it to the next one.
_Asked: TypeAlias = tuple[str, str, list[object], str | None]
_CANNED = {
    "hello": "Hello {{contact.first_name}}, thank you for writing to Larkspur. I am looking into it.",
    "serial": "Could you send us the serial number? It is on the frame, below the battery.",
    "battery-reset": "Please hold the power button for ten seconds with the charger plugged in, then let it rest for a minute.",
    "refund-time": "The refund is on its way; your bank shows it within three to five working days.",
    "workshop": "You can book a free check at any partner workshop: https://larkspur.example/workshops",
    "danke": "Vielen Dank für Ihre Geduld! Wir melden uns bis morgen Mittag.",
    "bye": "Glad that it works again. Enjoy the ride!",
}
# Name -> visibility and steps.
_MACROS: dict[str, tuple[str, _Steps]] = {
    "Hand over to Billing": ("global", [("assign_team", [3]), ("add_label", ["billing"])]),
    "Safety first": ("global", [("change_priority", ["urgent"]), ("add_label", ["safety"]), ("assign_team", [1])]),
    "Done for today": ("personal", [("snooze_conversation", []), ("remove_assigned_team", [])]),
}
_RULES: tuple[tuple[str, str, _Asked, _Steps], ...] = (
    (
        "Outages are urgent",
        "message_created",
        ("content", "contains", ["outage"], None),
        [("change_priority", ["urgent"]), ("add_label", ["outage"])],
    ),
    ("Partners go to their team", "conversation_created", ("inbox_id", "equal_to", [world.PARTNERS], None), [("assign_team", [4])]),
)
_VIEWS: tuple[tuple[str, list[_Asked]], ...] = (
    ("Urgent and open", [("status", "equal_to", ["open"], "and"), ("priority", "equal_to", ["urgent"], None)]),
    ("Gold customers", [("tier", "equal_to", ["gold"], None)]),
    ("Nobody has it", [("status", "equal_to", ["open"], "and"), ("assignee_id", "is_not_present", [], None)]),
)
_NOTES = (
    "Rides to work every day; a spare battery would help.", "Prefers to be called in the afternoon.", "Runs the club in Porto: 40 bikes.",
    "Was promised a free service in spring.", "Speaks German and English.",
)  # fmt: skip
# How many tickets are kept, newest conversations first.
_TICKETS = 24
_TICKET_STAGES = (
    ("queued", "open"),
    ("work_in_progress", "in_progress"),
    ("awaiting_customer_response", "in_progress"),
    ("resolved", "closed"),
)


def equip(rng: Random, into: Tables, users: Sequence[int], since: datetime) -> None:
    """Everything that stands without conversations."""
    administrator, agent = (f"user:{user}" for user in users[:2])
    stamps = {"created_at": since, "updated_at": since, "created_by": administrator}
    into["canned_responses"] += [
        {"id": i, "short_code": code, "content": text, **stamps} for i, (code, text) in enumerate(_CANNED.items(), 1)
    ]
    into["macros"] += [
        {"id": i, "name": name, "visibility": visibility, "actions": jsonb(_steps(steps)), **stamps}
        for i, (name, (visibility, steps)) in enumerate(_MACROS.items(), 1)
    ]
    into["automation_rules"] += [
        {
            "id": i,
            "name": name,
            "event_name": event,
            "conditions": jsonb([_condition(*condition)]),
            "actions": jsonb(_steps(steps)),
            "active_since": since,
            **stamps,
        }
        for i, (name, event, condition, steps) in enumerate(_RULES, 1)
    ]
    into["custom_filters"] += [
        {"id": i, "user_id": users[place], "name": name, "query": jsonb({"payload": [_condition(*one) for one in asked]}), **stamps}
        for i, (place, (name, asked)) in enumerate(((place, view) for place in (0, 1) for view in _VIEWS), 1)
    ]
    frame = {"type": "frame", "url": "https://larkspur.example/orders"}
    into["dashboard_apps"].append({"id": 1, "title": "Orders", "content": jsonb([frame]), **stamps})
    into["contact_notes"] += [
        {"id": i, "contact_id": 1 + 3 * (i - 1), "content": text, **stamps | {"created_by": agent}} for i, text in enumerate(_NOTES, 1)
    ]
    into["customer_tags"] += [
        {"noun": "contact", "customer_id": number, "tag_id": world.TAG_IDS["vip"], "value": None, "position": 1}
        for number in sorted(rng.sample(range(1, 200), 12))
    ]
    year = (since + timedelta(days=400)).year
    into["org_schedule_fragments"].append(
        {"id": 1, "name": f"Holidays {year}", "status": "published", "starts_on": since.date().replace(year=year, month=1, day=1),
         "ends_on": since.date().replace(year=year, month=12, day=31), "periods": jsonb([]), **stamps}
    )  # fmt: skip


def follow_up(rng: Random, data: Dataset, users: Sequence[int]) -> None:
    """Tickets of the newest conversations that an agent has, linked to them, and drafts that somebody has begun."""
    taken = [row for row in reversed(data.conversations) if row.assignee_user_id in users][:_TICKETS]
    for number, row in enumerate(reversed(taken), 1):
        _ticket(rng, data, number, row)
    for row in taken[: len(taken) // 4]:
        draft = {"conversation_number": row.number, "user_id": row.assignee_user_id, "updated_at": row.last_activity_at}
        data.details["conversation_drafts"].append(draft | {"message": f"I have asked the workshop about {row.title or 'this'}, and they"})


def _ticket(rng: Random, data: Dataset, number: int, row: NewConversation) -> None:
    stage, state = rng.choice(_TICKET_STAGES)
    by = f"user:{row.assignee_user_id}"
    at: Row = {"created_at": row.created_at + timedelta(hours=1), "updated_at": row.last_activity_at, "created_by": by}
    data.details["works"].append(
        {"id": number, "kind": "ticket", "number": number, "title": row.title or f"Asked in conversation {row.number}", "stage": stage,
         "state": state, "part_id": rng.randrange(1, len(world.PARTS) + 1), "company_id": row.company_id, "workspace_id": row.workspace_id,
         "severity": rng.choice(("low", "medium", "high")), "visibility": 2,
         "closed_at": row.last_activity_at if state == "closed" else None, **at}
    )  # fmt: skip
    data.details["work_people"].append({"work_id": number, "role": "owner", "person": by, "position": 1})
    link = {"id": number, "link_type": "is_related_to", "source": f"conversation:{row.number}", "target": f"ticket:{number}"}
    data.details["links"].append(link | at)


def _steps(steps: _Steps) -> list[Row]:
    return [{"action_name": name, "action_params": parameters} for name, parameters in steps]


def _condition(key: str, operator: str, values: list[object], joined: str | None) -> Row:
    return {"attribute_key": key, "filter_operator": operator, "values": values, "query_operator": joined}
