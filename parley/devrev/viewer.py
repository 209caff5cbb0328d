"""Whose eyes an answer is made for: what every encoder of rows needs to look things up."""

from __future__ import annotations

from dataclasses import dataclass

from ..actions.context import Context
from ..domain.principals import Principal
from ..store.database import Connection
from .dons import Dons


@dataclass(frozen=True, slots=True)
class Viewer:
    """``connection`` is an open transaction of the principal's tenant."""

    context: Context
    principal: Principal
    connection: Connection

    @property
    def tenant_id(self) -> int:
        return self.principal.tenant.id

    @property
    def names(self) -> Dons:
        return Dons(self.principal.tenant.slug)
