"""Signing in and out with devise's headers (contract 3.9, section 4)."""

from __future__ import annotations

import ipaddress
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ..actions import sessions as actions
from ..actions.sessions import Session
from ..domain.problems import Problem
from ..reference.notation import shape
from ..store.database import snapshot
from .account import JSON
from .authenticate import credentials_of, get_user
from .endpoints import Call, Endpoint, Family
from .users import read_user

_BAD = "Invalid login credentials. Please try again."
_SIGNED_OUT = "User was not found or was not logged in."
_NO_MAIL = "This server sends no mail: ask whoever runs it for a reset link (parley user reset-link)."


async def sign_in(call: Call) -> Response:
    """By password, or by the token of a login link; the session is in the headers."""
    email, address = call.given.get("email", ""), address_of(call.request)
    if link := call.given.get("sso_auth_token"):
        session = await actions.sign_in_by_link(call.context, email, link, address)
    else:
        session = await actions.sign_in(call.context, email, call.given.get("password", ""), address)
    return await _signed_in(call, session) if session else _refused(_BAD)


async def sign_out(call: Call) -> Response:
    try:
        given = credentials_of(call.request.headers)
        async with call.context.database.control() as connection, snapshot(connection, vary=False):
            caller = await get_user(connection, given)
    except Problem:
        return _refused(_SIGNED_OUT, 404)
    if given.client is None:
        return _refused(_SIGNED_OUT, 404)
    await actions.sign_out(call.context, caller.token_id, caller.ref.id)
    return JSONResponse({"success": True})


async def validate_token(call: Call) -> Response:
    try:
        given = credentials_of(call.request.headers)
        async with call.context.database.control() as connection, snapshot(connection, vary=False):
            caller = await get_user(connection, given)
            shown = await read_user(connection, caller.ref.id, call.wire, given.token)
    except Problem:
        return _refused("Invalid login credentials")
    return Response(msgspec.json.encode({"payload": {"success": True, "data": shown}}), media_type=JSON)


async def request_password_reset(call: Call) -> Response:
    """There is no mail to send, whoever asks: nobody learns here who has an account."""
    return JSONResponse({"error": _NO_MAIL}, 422)


async def reset_password(call: Call) -> Response:
    given = call.given
    session = await actions.reset_password(
        call.context, given["reset_password_token"], given["password"], given.get("password_confirmation"), address_of(call.request)
    )
    if session is None:
        return JSONResponse({"message": "Invalid token", "attributes": ["reset_password_token"]}, 422)
    return await _signed_in(call, session)


async def _signed_in(call: Call, session: Session) -> Response:
    async with call.context.database.read(0, vary=False) as connection:
        shown = await read_user(connection, session.user_id, call.wire, session.token)
    return Response(msgspec.json.encode({"data": shown}), headers=_headers(session), media_type=JSON)


def _headers(session: Session) -> dict[str, str]:
    return {
        "access-token": session.token,
        "token-type": "Bearer",
        "client": session.client,
        "expiry": str(int(session.expires_at.timestamp())),
        "uid": session.uid,
    }


def _refused(text: str, status: int = 401) -> Response:
    return JSONResponse({"success": False, "errors": [text]}, status)


def address_of(request: Request) -> str:
    """The client's address; behind a proxy on a private address the last public one that the proxies name, as Rails does."""
    peer = request.client.host if request.client else ""
    if not _is_private(peer):
        return peer
    named = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",") if part.strip()]
    return next((one for one in reversed(named) if _is_address(one) and not _is_private(one)), named[0][:64] if named else peer)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_private(text: str) -> bool:
    return _is_address(text) and ipaddress.ip_address(text).is_private


_REFUSED: tuple[tuple[int, str, str], ...] = ((401, "Wrong credentials.", "sign-in-refused"),)
_THROTTLED = (429, "Five wrong ones in five minutes from one address; `Retry-After` says how long to wait.", "text/plain")
_WITH_PASSWORD: dict[str, Any] = {"email": "heidi@example.com", "password": "Sample-1234"}

FAMILY = Family(
    endpoints=(
        Endpoint(
            "POST",
            "/auth/sign_in",
            sign_in,
            "Sign in",
            "data*  user  Who signed in.",
            request="""
            email           text(..255)  E-mail address, in any case.
            password        text(..128)  The password.
            sso_auth_token  text(..255)  In its place, the token of a login link; it works once.
            """,
            text="The session is in the headers `access-token`, `client`, `uid`, `expiry` and `token-type`; send the first three with "
            "each request. It lasts two months, and a user may have 25 at once.",
            example=_WITH_PASSWORD,
            area="open",
            tells="error",
            also=(*_REFUSED, _THROTTLED),
        ),
        Endpoint(
            "DELETE",
            "/auth/sign_out",
            sign_out,
            "Sign out",
            "success*  bool  Always true.",
            text="Ends the session of the headers.",
            area="open",
            tells="error",
            also=((404, "There is no such session.", "sign-in-refused"),),
        ),
        Endpoint(
            "GET",
            "/auth/validate_token",
            validate_token,
            "Check a session",
            "payload*  valid-session  Whose session it is.",
            area="open",
            also=_REFUSED,
        ),
        Endpoint(
            "POST",
            "/auth/password",
            request_password_reset,
            "Ask for a password reset",
            "message*  text  Never sent: there is no mail server.",
            request="email  text  E-mail address.",
            example={"email": "heidi@example.com"},
            area="open",
            tells="error",
        ),
        Endpoint(
            "PUT",
            "/auth/password",
            reset_password,
            "Set a new password",
            "data*  user  Who signed in.",
            request="""
            reset_password_token*   text(1..255)  The token of a reset link; it works once.
            password*               text(1..128)  The new password.
            password_confirmation   text          The same again.
            """,
            text="Ends every session of the user and begins a new one, in the headers.",
            example={"reset_password_token": "prl_", "password": "Sample-1234"},
            area="open",
            also=(*_REFUSED, _THROTTLED),
        ),
    ),
    shapes=(
        shape(
            "sign-in-refused",
            "Why nobody is signed in.",
            """
            success*  bool        Always false.
            errors*   [text](1..)  One sentence.
            """,
        ),
        shape(
            "valid-session",
            "A session that works.",
            """
            success*  bool  Always true.
            data*     user  Whose it is.
            """,
        ),
    ),
)
