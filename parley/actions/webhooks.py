"""Making, changing and deleting webhooks: the resource alone. Administrators only, because of the secret."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

import msgspec

from ..domain.principals import Principal
from ..domain.problems import InvalidValue, NotFound
from ..domain.webhooks import MOST_HEADERS, NEW_SECRET_BYTES, check_secret
from ..store.webhooks import WEBHOOKS, WebhookRow, lock_webhook
from .context import Context
from .nouns import change, changing, create, remove

Wire = Literal["devrev", "chatwoot"]
Header = Mapping[str, str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Edit(Generic[T]):
    """A change of a list: ``only`` replaces it, else ``add`` and ``remove`` apply, in this order of precedence."""

    only: Sequence[T] | None = None
    add: Sequence[T] = ()
    remove: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class WebhookChange:
    """What to change; None leaves it. An empty ``secret`` asks for a new one."""

    url: str | None = None
    secret: bytes | None = None
    event_types: Edit[str] = field(default_factory=Edit)
    headers: Edit[Header] = field(default_factory=Edit)
    action: Literal["activate", "deactivate"] | None = None


async def create_webhook(
    context: Context,
    principal: Principal,
    wire: Wire,
    *,
    url: str,
    event_types: Sequence[str] = (),
    headers: Sequence[Header] = (),
    secret: bytes = b"",
) -> int:
    """The new webhook's id; it is unverified. Without a secret it gets one of 32 random bytes. Raises InvalidValue."""
    context.outgoing.check_url(url)
    values = {
        "wire": wire,
        "url": url,
        "event_types": _edited_types([], Edit(only=event_types)),
        "headers": _edited_headers([], Edit(only=headers)),
        "secret": _secret(secret),
    }
    async with changing(context, principal, administrator=True) as connection:
        return await create(connection, context, principal, WEBHOOKS, values)


async def change_webhook(context: Context, principal: Principal, wire: Wire, number: int, asked: WebhookChange) -> None:
    """A new url or secret has to be verified again, and makes an active webhook unverified.

    Raises NotFound, and InvalidValue for ``activate`` on a webhook that is not verified.
    """
    if asked.url is not None:
        context.outgoing.check_url(asked.url)
    secret = None if asked.secret is None else _secret(asked.secret)
    async with changing(context, principal, administrator=True) as connection:
        row = await lock_webhook(connection, principal.tenant.id, number, wire)
        if row is None:
            raise NotFound("no such webhook")
        values = _changes(row, asked, secret)
        await change(connection, context, principal, WEBHOOKS, number, values)


async def delete_webhook(context: Context, principal: Principal, wire: Wire, number: int) -> None:
    """Raises NotFound."""
    async with changing(context, principal, administrator=True) as connection:
        if await lock_webhook(connection, principal.tenant.id, number, wire) is None:
            raise NotFound("no such webhook")
        await remove(connection, context, principal, WEBHOOKS, number)


def _changes(row: WebhookRow, asked: WebhookChange, secret: bytes | None) -> dict[str, Any]:
    """The columns that get another value."""
    headers = msgspec.json.decode(row.headers, type=list[dict[str, str]])
    wanted: dict[str, Any] = {
        "url": row.url if asked.url is None else asked.url,
        "secret": row.secret if secret is None else secret,
        "event_types": _edited_types(row.event_types, asked.event_types),
        "headers": _edited_headers(headers, asked.headers),
        "status": row.status,
        "verified_at": row.verified_at,
    }
    if (wanted["url"], wanted["secret"]) != (row.url, row.secret):
        wanted["verified_at"] = None
        wanted["status"] = "unverified" if row.status == "active" else row.status
    if asked.action == "deactivate":
        wanted["status"] = "inactive"
    elif asked.action == "activate":
        if wanted["verified_at"] is None:
            raise InvalidValue("action", "the webhook is unverified: its endpoint has not answered the challenge for this url and secret")
        wanted["status"] = "active"
    before = row._asdict() | {"headers": headers}
    return {column: value for column, value in wanted.items() if value != before[column]}


def _secret(given: bytes) -> bytes:
    if not given:
        return secrets.token_bytes(NEW_SECRET_BYTES)
    check_secret(given)
    return given


def _edited_types(before: Sequence[str], edit: Edit[str]) -> list[str]:
    """In order, nothing twice."""
    wanted = [*before, *edit.add] if edit.only is None else edit.only
    return [one for one in dict.fromkeys(wanted) if edit.only is not None or one not in edit.remove]


def _edited_headers(before: Sequence[Header], edit: Edit[Header]) -> list[Header]:
    """One value per name, whatever its case; what is added replaces. Raises InvalidValue for too many."""
    wanted = [*before, *edit.add] if edit.only is None else edit.only
    by_name = {one["name"].lower(): one for one in wanted}
    if edit.only is None:
        for name in edit.remove:
            by_name.pop(name.lower(), None)
    if len(by_name) > MOST_HEADERS:
        raise InvalidValue("headers", f"a webhook takes up to {MOST_HEADERS} headers")
    return list(by_name.values())
