"""Labels on contacts, given by name: a name that no tag has becomes a tag."""

from __future__ import annotations

from collections.abc import Sequence

from ..domain.principals import Principal
from .contact_cards import label_contact
from .contacts import find_contact
from .context import Context
from .labelling import find_or_make
from .nouns import changing


async def set_labels(context: Context, principal: Principal, number: int, names: Sequence[str]) -> None:
    """The contact has these labels from now on and no others; a tag is found by its name in any case. Raises NotFound."""
    async with changing(context, principal) as connection:
        await find_contact(connection, principal.tenant.id, number)
        await label_contact(context, principal, number, await find_or_make(connection, context, principal, list(names)))
