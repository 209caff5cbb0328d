"""Whom a room tells: users and contact points, each with all their subscriptions."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...domain.principals import Principal, Ref
from . import protocol
from .connection import Connection


@dataclass(eq=False, slots=True)
class Agent:
    """A user, and what they may see."""

    principal: Principal
    subscriptions: set[Subscription] = field(default_factory=set)

    @property
    def ref(self) -> Ref:
        return self.principal.ref


@dataclass(eq=False, slots=True)
class Visitor:
    """A contact at one contact point."""

    point_id: int
    contact_id: int
    subscriptions: set[Subscription] = field(default_factory=set)

    @property
    def ref(self) -> Ref:
        return Ref("contact", self.contact_id)


@dataclass(eq=False, slots=True)
class Subscription:
    """The channel on one connection; ``leading`` stands before each of its messages."""

    connection: Connection
    token: str
    leading: str
    home: Agent | Visitor

    @property
    def is_open(self) -> bool:
        return self in self.home.subscriptions and not self.connection.is_closing

    def tell(self, message: str) -> None:
        self.connection.send(self.leading, message)

    def send_away(self) -> None:
        """Their token no longer lets them in: nothing more reaches them, and the client is not to come again."""
        self.home.subscriptions.discard(self)
        self.connection.close(protocol.UNAUTHORIZED, reconnect=False)
