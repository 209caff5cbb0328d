"""Who is asking, and for which tenant."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .people import Member

PersonKind = Literal["user", "contact", "bot", "system"]

MANAGE = "conversation_manage"
UNASSIGNED_MANAGE = "conversation_unassigned_manage"
PARTICIPATING_MANAGE = "conversation_participating_manage"


@dataclass(frozen=True, slots=True)
class Ref:
    """A person by kind and id, unique inside a tenant. ``system`` has no id of its own and uses 0."""

    kind: PersonKind
    id: int

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> Ref:
        kind, _, number = text.partition(":")
        return cls(kind, int(number))  # type: ignore[arg-type]


SYSTEM = Ref("system", 0)


@dataclass(frozen=True, slots=True)
class Tenant:
    """The unit of isolation: a DevRev dev org, a Chatwoot account."""

    id: int
    slug: str
    name: str
    features: frozenset[str] = frozenset()
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller inside one tenant.

    ``role`` is set for users only. ``permissions`` is a custom role's list, None where there is no custom role;
    ``inbox_ids`` are the inboxes that an agent belongs to (an administrator sees all and needs none), ``team_ids`` a user's
    teams, where the caller came with a token. ``member`` is a
    user's profile as it was when the request began. ``platform_app_id`` names the platform app for which the server acts.
    """

    tenant: Tenant
    ref: Ref
    role: Literal["administrator", "agent"] | None = None
    can_write: bool = False
    inbox_ids: tuple[int, ...] = ()
    team_ids: tuple[int, ...] = field(default=(), compare=False)
    permissions: frozenset[str] | None = None
    token_id: int = field(default=0, compare=False)
    member: Member | None = field(default=None, compare=False, repr=False)
    platform_app_id: int | None = None

    @property
    def is_administrator(self) -> bool:
        return self.role == "administrator"

    @property
    def user_id(self) -> int | None:
        return self.ref.id if self.ref.kind == "user" else None
