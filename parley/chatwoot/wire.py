"""What an encoder needs to know beside the rows: the tenant, where files are served, what time it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from ..domain.principals import Tenant

SLA_FEATURE = "sla"
COMPANIES_FEATURE = "companies"


@dataclass(frozen=True, slots=True)
class Wire:
    """``base_url`` has no trailing slash; ``for_contact`` keeps the profiles of agents from a contact."""

    tenant: Tenant
    base_url: str
    now: datetime
    for_contact: bool = False

    def has(self, feature: str) -> bool:
        return feature in self.tenant.features

    def file_url(self, attachment_id: int, file_name: str | None) -> str:
        """Where a stored file is served."""
        return f"{self.base_url}/attachments/{self.tenant.id}/{attachment_id}/{quote(file_name or 'file', safe='')}"

    def picture_url(self, picture_id: int | None, file_name: str | None) -> str:
        """An avatar's URL, empty for none as in the original."""
        return "" if picture_id is None else self.file_url(picture_id, file_name)
