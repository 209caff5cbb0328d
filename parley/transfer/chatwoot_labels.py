"""Labels on conversations. Chatwoot keeps names there, by tags of the whole installation; we keep tags of the tenant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..store import import_tenant
from ..store.import_conversations import Label
from ..store.import_targets import TAG
from . import chatwoot_people as people
from . import chatwoot_structure as structure
from .chatwoot_account import Account
from .chatwoot_values import at

Row = Mapping[str, Any]


class Labels:
    """The tags of one account by name: its label definitions, and what else its conversations carry."""

    def __init__(self, account: Account, next_id: int) -> None:
        self._account = account
        self._next_id = next_id
        self._ids = dict(account.labels)

    @classmethod
    async def open(cls, account: Account) -> Labels:
        tags = await import_tenant.list_tags(account.run)
        return cls(account, max([people.MADE_UP, *tags.values()]) + 1)

    async def of(self, conversations: Sequence[Row]) -> dict[int, list[str]]:
        """Label names by conversation, in order; each name has a tag from then on."""
        names: dict[int, list[str]] = defaultdict(list)
        found = await self._account.source.labels([row["id"] for row in conversations])
        for row in found or ():
            names[row["conversation_id"]].append(row["name"])
        if found is None:
            names |= {row["id"]: split(row["cached_label_list"]) for row in conversations}
        source_ids: dict[str, int | None] = {name: None for carried in names.values() for name in carried}
        source_ids |= {row["name"]: row["tag_id"] for row in found or ()}
        await self._make({name: source_id for name, source_id in sorted(source_ids.items()) if name not in self._ids})
        return names

    def tagged(self, names: Mapping[int, list[str]]) -> Iterable[Label]:
        """(conversation, tag, position), each conversation by its id in the source."""
        for number, carried in names.items():
            for position, name in enumerate(carried):
                yield str(number), self._ids[name], position

    async def _make(self, fresh: Mapping[str, int | None]) -> None:
        """Tags for names that no label defines exactly, known by their id in the source, or else by the name."""
        if not fresh:
            return
        account, moment = self._account, at(self._account.row["created_at"])
        made = []
        for name, source_id in fresh.items():
            made.append(structure.loose_tag(people.MADE_UP + source_id if source_id else self._next_id, name, source_id, moment))
            self._next_id += source_id is None
        await account.finish(await account.bring(TAG, made))
        moved = account.moved[TAG.noun]
        self._ids |= {tag.values["name"]: moved.get(tag.external_id) or tag.id for tag in made}


def split(cached: str | None) -> list[str]:
    """``cached_label_list``, for a source without taggings."""
    return [name.strip() for name in (cached or "").split(",") if name.strip()]
