"""Tokens over the wire: issuing, naming and ending them. An operator's own are made by ``provision``."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ..domain.principals import Principal, Ref
from ..domain.problems import Forbidden, InvalidValue, NotFound
from ..store import control, people
from ..store.bots import BOTS
from ..store.control import Scope, TokenRow
from ..store.database import Connection
from .bots import refuse_taken
from .checks import require_write
from .context import Context
from .nouns import changing, create, record
from .rev_sessions import RevInfo, find_or_make_contact

TokenKind = Literal["pat", "aat", "session", "session:dev", "session:rev"]
LIFETIME = {
    "pat": timedelta(days=365),
    "aat": timedelta(days=365),
    "session": timedelta(days=1),
    "session:dev": timedelta(days=1),
    "session:rev": timedelta(days=1),
}
"""How long a token works when the request does not say."""


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What is asked for. ``act_as`` and ``client_id`` are for application tokens, ``rev_info`` for a contact's session."""

    kind: TokenKind
    scope: Scope = "write"
    hint: str = ""
    lifetime: timedelta | None = None
    act_as: Ref | None = None
    client_id: str | None = None
    rev_info: RevInfo | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token; ``text`` is shown once and kept nowhere."""

    id: int
    text: str
    scope: Scope
    client_id: str | None
    expires_at: datetime


def may_manage(principal: Principal) -> bool:
    """Whether the caller manages other people's tokens: administrators and applications do."""
    return principal.is_administrator or principal.ref.kind == "bot"


async def issue_token(context: Context, principal: Principal, asked: TokenRequest) -> Issued:
    """A token of the caller's own, of an application, or of a contact. Raises Forbidden, InvalidValue, InvalidId, Conflict."""
    for_others = asked.kind in ("aat", "session:rev")
    async with changing(context, principal, administrator=for_others) as connection:
        at = context.clock()
        owner, client_id = await _owner(connection, context, principal, asked)
        expires_at = at + (asked.lifetime or LIFETIME[asked.kind])
        number, text = await control.issue_token(
            connection,
            principal.tenant.id,
            owner,
            scope=asked.scope,
            name=asked.hint,
            kind=asked.kind,
            client_id=client_id,
            expires_at=expires_at,
            at=at,
            by=principal.ref,
        )
        await record(connection, context, principal, "token.created", {"id": number, "kind": asked.kind, "owner": str(owner)})
    return Issued(number, text, asked.scope, client_id, expires_at)


async def rename_token(context: Context, principal: Principal, token_id: int, hint: str) -> None:
    """Raises NotFound for a token that is not the caller's to manage."""
    async with changing(context, principal) as connection:
        await get_token(connection, principal, token_id)
        await control.rename_token(connection, principal.tenant.id, token_id, hint, context.clock(), principal.ref)
        await record(connection, context, principal, "token.updated", {"id": token_id, "changed": ["token_hint"]})


async def revoke_token(context: Context, principal: Principal, token_id: int) -> None:
    """Ends a token from this moment; one that ended already stays so. Raises NotFound."""
    async with changing(context, principal) as connection:
        await get_token(connection, principal, token_id)
        if await control.revoke_token(connection, principal.tenant.id, token_id):
            await record(connection, context, principal, "token.revoked", {"id": token_id})


async def revoke_own_tokens(context: Context, principal: Principal, kind: str | None) -> None:
    """Ends the caller's own tokens of one kind, or of all, the one that asks among them. Contacts may."""
    require_write(principal)
    async with context.database.write(principal.tenant.id) as connection:
        at, me = context.clock(), principal.ref
        for token_id in await control.revoke_tokens_of(connection, principal.tenant.id, me, at, me, kind=kind):
            await record(connection, context, principal, "token.revoked", {"id": token_id})


async def get_token(connection: Connection, principal: Principal, token_id: int) -> TokenRow:
    """Raises NotFound also for somebody else's token, unless the caller manages those."""
    found = await control.get_token(connection, principal.tenant.id, token_id)
    if found is None or (found.owner != principal.ref and not may_manage(principal)):
        raise NotFound("no such token")
    return found


async def _owner(connection: Connection, context: Context, principal: Principal, asked: TokenRequest) -> tuple[Ref, str | None]:
    """Whose token it is, and for an application its client id."""
    if asked.kind == "aat":
        return await _application(connection, context, principal, asked)
    if asked.kind == "session:rev":
        assert asked.rev_info is not None
        return Ref("contact", await find_or_make_contact(connection, context, principal, asked.rev_info)), None
    if principal.ref.kind != "user":
        raise Forbidden("only a dev user has tokens of this kind")
    return principal.ref, None


async def _application(connection: Connection, context: Context, principal: Principal, asked: TokenRequest) -> tuple[Ref, str]:
    """The service account named by ``act_as``, else the one behind the client id, else the asking one, else a new one."""
    tenant_id = principal.tenant.id
    client_id = asked.client_id or f"app_{secrets.token_hex(12)}"
    bot_id = asked.act_as.id if asked.act_as else None
    if bot_id is None and asked.client_id:
        bot_id = await control.find_client(connection, tenant_id, asked.client_id)
    if bot_id is None and principal.ref.kind == "bot":
        bot_id = principal.ref.id
    if bot_id is None:
        name = asked.hint or client_id
        await refuse_taken(connection, tenant_id, name)
        bot_id = await create(connection, context, principal, BOTS, {"name": name})
    found = (await people.get_bots(connection, tenant_id, [bot_id])).get(bot_id)
    if found is None or found.kind != "service_account" or found.state != "active":
        raise InvalidValue("act_as", "act_as must be an active service account")
    return Ref("bot", bot_id), client_id
