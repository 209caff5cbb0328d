"""What every merge moves beside the noun's own history: tickets, links, owners, selectors."""

from __future__ import annotations

from ..domain.links import End
from ..domain.principals import Principal, Ref
from ..store import references
from ..store.database import Connection
from ..store.links import LINKS
from .ahead import Touched, do_rest
from .context import Context
from .links import tell_unlinked
from .nouns import remove


async def move_links(connection: Connection, context: Context, principal: Principal, secondary: End, primary: End) -> None:
    """The secondary's links are the primary's. One that would join an object with itself, or two objects twice, goes."""
    tenant_id = principal.tenant.id
    for link in await references.list_idle_links(connection, tenant_id, str(secondary), str(primary)):
        await remove(connection, context, principal, LINKS, link.id)
        await tell_unlinked(connection, context, principal, link.id, [End.parse(link.source), End.parse(link.target)])
    await references.move_links(connection, tenant_id, str(secondary), str(primary), by=principal.ref, at=context.clock())


def works_of(context: Context, principal: Principal, secondary: Ref, primary: Ref) -> Touched:
    """The tickets and issues of one person, to become another's."""
    tenant_id = principal.tenant.id

    async def do(connection: Connection, ids: list[int]) -> int:
        return await references.move_works(connection, tenant_id, secondary, primary, ids, by=principal.ref, at=context.clock())

    return Touched(lambda connection, after, at_most: references.list_works(connection, tenant_id, secondary, after, at_most), do, "works")


async def move_person(connection: Connection, context: Context, principal: Principal, secondary: Ref, primary: Ref) -> None:
    """What names one person outside of conversations names another: works, links, companies and SLAs."""
    tenant_id = principal.tenant.id
    await do_rest(connection, tenant_id, works_of(context, principal, secondary, primary))
    await references.move_company_owners(connection, tenant_id, secondary, primary)
    await references.move_selected(connection, tenant_id, secondary, primary)
    await move_links(connection, context, principal, End(secondary.kind, secondary.id), End(primary.kind, primary.id))
