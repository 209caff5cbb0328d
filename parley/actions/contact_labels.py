"""Labels on contacts, given by name: a name that no tag has becomes a tag."""

from __future__ import annotations

from collections.abc import Sequence

from ..domain.principals import Principal
from ..store import contact_labels
from ..store.database import Connection
from .contact_cards import label_contact
from .contacts import find_contact
from .context import Context
from .nouns import changing, record


async def set_labels(context: Context, principal: Principal, number: int, names: Sequence[str]) -> None:
    """The contact has these labels from now on and no others; a tag is found by its name in any case. Raises NotFound."""
    async with changing(context, principal) as connection:
        await find_contact(connection, principal.tenant.id, number)
        tag_ids = [await _tag(connection, context, principal, name) for name in names]
        await label_contact(context, principal, number, list(dict.fromkeys(tag_ids)))


async def _tag(connection: Connection, context: Context, principal: Principal, name: str) -> int:
    tenant_id = principal.tenant.id
    found = await contact_labels.find_tag(connection, tenant_id, name)
    if found is None:
        found = await contact_labels.insert_tag(connection, tenant_id, name, principal.ref)
        await record(connection, context, principal, "tag.created", {"id": found})
    return found
