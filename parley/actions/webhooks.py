"""Making, changing and deleting DevRev's webhooks. Administrators only, because of the secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

import msgspec

from ..domain.principals import Principal
from ..domain.problems import InvalidValue, NotFound
from ..domain.webhooks import MOST_HEADERS, check_secret
from ..store.webhooks import WEBHOOKS, WebhookRow, lock_webhook
from .context import Context
from .nouns import change, changing, create, record, remove
from .webhook_challenge import new_challenge
from .webhook_secrets import new_secret, rotated

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
    """What to change; None leaves it. An empty ``secret`` asks for a new one. ``activate`` asks one that is unverified again."""

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
    """The new webhook's id; it is unverified, and its endpoint is asked. Without a secret it gets one of 32 random bytes.

    Raises InvalidValue.
    """
    context.outgoing.check_url(url)
    values = {
        "wire": wire,
        "url": url,
        "event_types": _edited_types([], Edit(only=event_types)),
        "headers": _edited_headers([], Edit(only=headers)),
        "secret": _secret(secret),
        **new_challenge(context.clock()),
    }
    async with changing(context, principal, administrator=True) as connection:
        return await create(connection, context, principal, WEBHOOKS, values)


async def change_webhook(context: Context, principal: Principal, wire: Wire, number: int, asked: WebhookChange) -> None:
    """A new url has to be verified before it gets events; a new secret is verified while events go on (``webhook_secrets``).

    Raises NotFound and InvalidValue.
    """
    if asked.url is not None:
        context.outgoing.check_url(asked.url)
    secret = None if asked.secret is None else _secret(asked.secret)
    async with changing(context, principal, administrator=True) as connection:
        row = await lock_webhook(connection, principal.tenant.id, number, wire)
        if row is None:
            raise NotFound("no such webhook")
        await change(connection, context, principal, WEBHOOKS, number, _changes(row, asked, secret, context.clock()))


async def delete_webhook(context: Context, principal: Principal, wire: Wire, number: int) -> None:
    """Raises NotFound."""
    async with changing(context, principal, administrator=True) as connection:
        if await lock_webhook(connection, principal.tenant.id, number, wire) is None:
            raise NotFound("no such webhook")
        await remove(connection, context, principal, WEBHOOKS, number, known={"wire": wire})


async def fetch_object(context: Context, principal: Principal, wire: Wire, number: int, type_: str, told: Mapping[str, Any]) -> None:
    """Has an object sent to one webhook, as an event of this type. ``told``: which one, as the face's teller reads it.

    Raises NotFound, and InvalidValue for a webhook that gets no such events.
    """
    async with changing(context, principal, administrator=True) as connection:
        row = await lock_webhook(connection, principal.tenant.id, number, wire)
        if row is None:
            raise NotFound("no such webhook")
        if row.status != "active" or type_ not in row.event_types:
            raise InvalidValue("id", f"the webhook must be active and have {type_} among its event_types")
        await record(connection, context, principal, "webhook.fetched", {"id": number, **told})


def _changes(row: WebhookRow, asked: WebhookChange, secret: bytes | None, now: datetime) -> dict[str, Any]:
    """The columns that get another value."""
    headers = msgspec.json.decode(row.headers, type=list[dict[str, str]])
    wanted: dict[str, Any] = {
        "event_types": _edited_types(row.event_types, asked.event_types),
        "headers": _edited_headers(headers, asked.headers),
    }
    before = row._asdict() | {"headers": headers}
    changed = {column: value for column, value in wanted.items() if value != before[column]}
    if secret is not None and secret != row.secret:
        changed |= rotated(row, secret, now)
    if asked.url is not None and asked.url != row.url:
        changed |= _moved(row, asked.url, now)
    return changed | _acted(row, asked, changed, now)


def _moved(row: WebhookRow, url: str, now: datetime) -> dict[str, Any]:
    """Another address: nobody there has been asked, or knows the secret before. What was inactive stays so."""
    status = "unverified" if row.status == "active" else row.status
    unknown = {"verified_at": None, "previous_secret": None, "previous_secret_until": None}
    return {"url": url, "status": status, **unknown, **new_challenge(now)}


def _acted(row: WebhookRow, asked: WebhookChange, changed: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """What ``action`` changes beside the rest."""
    if asked.action == "deactivate":
        return {"status": "inactive"} if row.status != "inactive" else {}
    if asked.action is None:
        return {}
    if changed.get("verified_at", row.verified_at) is None:
        return {"status": "unverified"} | ({} if "challenge" in changed else new_challenge(now))
    return {"status": "active"} if row.status != "active" else {}


def _secret(given: bytes) -> bytes:
    if not given:
        return new_secret("devrev")
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
