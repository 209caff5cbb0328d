"""A tenant as rows that are not in a database yet.

User ids are real from the start. Message ids only order and link the messages: loading gives each a real one, in the
order of time.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ...store.load import NewConversation, NewMessage

Row: TypeAlias = dict[str, Any]
Tables: TypeAlias = "defaultdict[str, list[Row]]"


def tables() -> Tables:
    return defaultdict(list)


@dataclass
class Dataset:
    """``structure`` is what stands without conversations, ``details`` what hangs on them, both by table name."""

    structure: Tables = field(default_factory=tables)
    conversations: list[NewConversation] = field(default_factory=list)
    messages: list[NewMessage] = field(default_factory=list)
    details: Tables = field(default_factory=tables)

    def number_messages(self, ids: list[int]) -> None:
        """Gives the messages real ids, ascending in time, everywhere they are named."""
        self.messages.sort(key=lambda message: (message.created_at, message.id))
        real = {message.id: new for message, new in zip(self.messages, ids, strict=True)}
        for message in self.messages:
            message.id = real[message.id]
            message.thread_id = real[message.thread_id] if message.thread_id else None
        for row in self.details["attachments"] + self.details["reactions"]:
            row["message_id"] = real[row["message_id"]]
        for row in self.details["origins"]:
            if row["noun"] == "message":
                row["local_id"] = real[row["local_id"]]
