"""The stock fields of a conversation: what this server really keeps, as schema-field-descriptors.

One line per field: its name, its type (``[x]`` an array of it), whether lists can be asked for it, and how it is set:
``once`` when the conversation is made, ``never`` by the server alone, ``any`` time.
"""

from __future__ import annotations

from collections.abc import Iterable

from .encode_conversations import SENTIMENTS
from .encode_events import STOCK
from .endpoints import Json

_TABLE = """
    account                     yes  any
    actual_close_date           yes  never  timestamp
    applies_to_parts            yes  any
    brand                       yes  any
    channels                    yes  any    [id] channel
    created_by                  no   never  id dev_user rev_user service_account sys_user
    created_date                no   never  timestamp
    description                 no   any
    group                       yes  any
    is_creator_verified         yes  never
    is_frozen                   yes  any
    is_spam                     yes  any
    last_external_message_date  no   never  timestamp
    members                     yes  any
    modified_by                 no   never  id dev_user rev_user service_account sys_user
    modified_date               yes  never  timestamp
    owned_by                    yes  any
    rev_org                     yes  any
    sentiment                   no   any    uenum
    sentiment_modified_date     no   any    timestamp
    sentiment_summary           no   any    text
    source_channel              yes  once
    source_channel_v2           yes  any    id channel
    stage                       yes  any    enum
    subtype                     yes  any
    tags                        yes  any
    title                       no   any
"""


def conversation_fields(stages: Iterable[str]) -> list[Json]:
    """Their descriptors; ``stages`` are the names of the stages there are, in order."""
    allowed: Json = {
        "sentiment": [{"id": number, "label": label, "ordinal": number} for number, label in SENTIMENTS.items()],
        "stage": list(stages),
    }
    return [_descriptor(line.split(), allowed) for line in _TABLE.strip().splitlines()]


def _descriptor(words: list[str], allowed: Json) -> Json:
    name, filterable, changed, *kind = words
    found: Json = dict(STOCK[name]) if not kind else _type(*kind)
    found |= {"name": name, "is_filterable": filterable == "yes", "is_immutable": changed != "any", "is_required": False}
    return found | {"ui": {"display_name": name.replace("_", " ").capitalize()}} | _allowed(name, allowed)


def _type(kind: str, *id_types: str) -> Json:
    base = kind.strip("[]")
    found = {"field_type": "array", "base_type": base} if kind != base else {"field_type": base}
    return found | ({"id_type": list(id_types)} if id_types else {})


def _allowed(name: str, allowed: Json) -> Json:
    return {"allowed_values": allowed[name]} if name in allowed else {}
