"""dev-orgs.get: the tenant that a token asks."""

from __future__ import annotations

from ..domain.problems import NotFound
from ..reference.notation import shape
from ..store import control
from . import dates
from .endpoints import Call, Endpoint, Family, Json


async def get_dev_org(call: Call) -> Json:
    tenant = call.principal.tenant
    found = await control.get_tenant_times(call.connection, tenant.id)
    if found is None:
        raise NotFound("no such dev org")
    return {
        "dev_org": {
            **call.names.ids("dev_org", tenant.id),
            "dev_slug": tenant.slug,
            "display_name": tenant.name,
            "created_date": dates.show(found.created_at),
            "modified_date": dates.show(found.updated_at),
        }
    }


FAMILY = Family(
    endpoints=(Endpoint("/dev-orgs.get", get_dev_org, "Get your dev org", "", "dev_org*  dev-org-full  The dev org."),),
    shapes=(
        shape(
            "dev-org-full",
            "A dev org: what everything else belongs to.",
            """
            id*            don   Its id.
            display_id     text  Its short id.
            dev_slug*      text  Its name in ids.
            display_name   text  Its name.
            created_date   time  When it was made.
            modified_date  time  When it was last changed.
            """,
        ),
    ),
)
