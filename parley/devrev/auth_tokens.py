"""auth-tokens.*: tokens for oneself, for applications, and sessions for contacts. They are opaque, and kept hashed only."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ..actions import tokens as actions
from ..domain.principals import Principal, Ref
from ..domain.problems import Forbidden
from ..reference.notation import shape, table
from ..store import control
from ..store.control import TokenRow
from . import dates
from .auth_token_requests import GRANTS, SHAPES, SUBJECT_TYPES, SUBJECTS, TYPES, prefixed, read_request
from .dons import Id
from .encode_people import TYPES as PEOPLE
from .encode_people import without_none
from .endpoints import Call, Endpoint, Family, Json
from .lists import people_of, stamps

ISSUER = "parley"
NEVER_S = 253_402_300_799
"""The end of the year 9999, in seconds: the expiry of a token that an operator made without one."""
_SCOPES = {"read": ["read"], "write": ["read", "write"]}


async def create_token(call: Call) -> Json:
    issued = await actions.issue_token(call.context, call.principal, read_request(call.given, call.principal))
    told = {
        "access_token": issued.text,
        "client_id": issued.client_id,
        "expires_in": int(issued.expires_at.timestamp()),
        "scope": " ".join(_SCOPES[issued.scope]),
        "token_type": "bearer",
    }
    return without_none(told)


async def get_token(call: Call) -> Json:
    return {"token": await _one(call, call.given["token_id"].number)}


async def get_info(call: Call) -> Json:
    me = call.principal.ref
    people = await people_of(call, (), [me])
    person = msgspec.json.decode(people.person(me.kind, me.id))
    times = await control.get_token_times(call.connection, call.principal.token_id)
    shown = ("id", "display_id", "display_name", "email", "full_name", "type")
    return {
        "organization": {**call.names.ids("dev_org", call.tenant_id), "slug": call.principal.tenant.slug},
        "token": {
            "expiry": _seconds(times.expires_at),
            "issued_at": _seconds(times.created_at),
            "issuer": ISSUER,
            "subject": person["id"],
        },
        "user": {key: person[key] for key in shown if key in person},
    }


async def list_tokens(call: Call) -> Json:
    subject = _subject(call.given.get("subject"), call.principal)
    kind = call.given.get("requested_token_type")
    rows = await control.list_tokens_of(
        call.connection,
        call.tenant_id,
        subject,
        kind=kind.removeprefix(prefixed("")) if kind else None,
        client_id=call.given.get("client_id"),
    )
    return {"tokens": await _encode(call, rows)}


async def update_token(call: Call) -> Json:
    number = call.given["token_id"].number
    await actions.rename_token(call.context, call.principal, number, call.given["token_hint"])
    return {"token": await _one(call, number)}


async def delete_token(call: Call) -> Json:
    number = call.given["token_id"].number if "token_id" in call.given else call.principal.token_id
    await actions.revoke_token(call.context, call.principal, number)
    return {}


async def delete_own_tokens(call: Call) -> Json:
    kind = call.given.get("requested_token_type")
    await actions.revoke_own_tokens(call.context, call.principal, kind.removeprefix(prefixed("")) if kind else None)
    return {}


def _subject(given: Id | None, principal: Principal) -> Ref:
    """Raises Forbidden for somebody else's tokens, unless the caller manages those."""
    if given is None:
        return principal.ref
    subject = Ref(SUBJECTS[given.type], given.number)
    if subject != principal.ref and not actions.may_manage(principal):
        raise Forbidden("these are somebody else's tokens")
    return subject


def _seconds(moment: datetime | None) -> int:
    return NEVER_S if moment is None else int(moment.timestamp())


async def _one(call: Call, number: int) -> Json:
    return (await _encode(call, [await actions.get_token(call.connection, call.principal, number)]))[0]


async def _encode(call: Call, rows: list[TokenRow]) -> list[Json]:
    people = await people_of(call, rows)
    return [
        without_none(
            {
                **call.names.ids("auth_token", row.id),
                "client_id": row.client_id,
                "expires_at": dates.show(row.expires_at) if row.expires_at else None,
                "issued_at": dates.show(row.created_at),
                "requested_token_type": prefixed(row.kind),
                "scopes": _SCOPES[row.scope],
                "status": row.status,
                "subject": call.names.don(PEOPLE[row.owner_kind], row.owner_id),
                "token_hint": row.name or None,
                **stamps(row, people),
            }
        )
        for row in rows
    ]


_ANSWER = "token*  auth-token  The token."
_ID = "token_id*  id:TOKEN  The token."
_TYPE = f"requested_token_type  <{TYPES}>  Of this type."
_EXAMPLE: Json = {"token_id": "TOKEN-1"}
_MINE = "Your own; administrators and applications manage everybody's of the dev org."

FAMILY = Family(
    endpoints=(
        Endpoint(
            "/auth-tokens.create",
            create_token,
            "Make a token",
            f"""
            requested_token_type  <{TYPES}>  What it is for: `pat`, `session` and `session:dev` for yourself, `aat` for a service account,
                `session:rev` for a rev user. Absent: `session:rev` with `rev_info`, else `pat`, for a service account `aat`.
            act_as              id:DEVU/SVCACC  Whose `aat` it is; absent: the client's, yours, or a new service account's.
            aud                 [text]        Not supported yet: a token is opaque and names no audience.
            client_id           text(1..256)  Which application asks, for an `aat`; absent: a new one.
            expires_in          int(0..1825)  Days until it ends.
            expires_in_mins     int(0..1440)  Minutes until it ends.
            grant_type          {GRANTS}  How it is obtained; only issued ones are.
            rev_info            rev-info      For whom a `session:rev` is.
            scope               text(..256)   `read`, or `read write`, which is what it is when absent.
            subject_token       text(..4096)  Not supported yet.
            subject_token_type  {SUBJECT_TYPES}  Only `revinfo`, with `rev_info`.
            token_hint          text(..256)   What tells it from others.
            """,
            table(
                "access_token*  text  The token, shown this once.",
                "client_id      text  Which application it is for.",
                "expires_in*    int64  When it ends, in seconds since 1970.",
                "scope          text  What it may.",
                'token_type*    "bearer"  Send it as bearer.',
            ),
            example={"token_hint": "laptop", "expires_in": 30},
            is_write=True,
            status=201,
            refuses=(409,),
            secret=True,
        ),
        Endpoint(
            "/auth-tokens.get",
            get_token,
            "Get a token's story",
            _ID,
            _ANSWER,
            text=_MINE,
            example=_EXAMPLE,
            refuses=(404,),
        ),
        Endpoint(
            "/auth-tokens.info",
            get_info,
            "What your token says",
            "",
            table(
                "organization*  auth-org    Its dev org.",
                "token*         auth-times  Its times.",
                "user*          auth-user   Who it is.",
            ),
            access="everybody",
        ),
        Endpoint(
            "/auth-tokens.list",
            list_tokens,
            "List tokens",
            table(_TYPE, "client_id  text  Of this application.", "subject  id:person  Whose they are; yours when absent."),
            "tokens*  [auth-token]  The tokens, also those that ended, oldest first.",
            text=_MINE,
        ),
        Endpoint(
            "/auth-tokens.update",
            update_token,
            "Name a token",
            table(_ID, "token_hint*  text(..256)  What tells it from others."),
            _ANSWER,
            text=_MINE,
            example=_EXAMPLE | {"token_hint": "desk"},
            is_write=True,
            refuses=(404,),
        ),
        Endpoint(
            "/auth-tokens.delete",
            delete_token,
            "End a token",
            "token_id  id:TOKEN  The token; the one that asks when absent.",
            "",
            text=_MINE,
            example=_EXAMPLE,
            is_write=True,
            refuses=(404,),
        ),
        Endpoint(
            "/auth-tokens.self.delete",
            delete_own_tokens,
            "End your tokens",
            _TYPE,
            "",
            text="Without a type all of them, the one that asks among them.",
            example={"requested_token_type": prefixed("session")},
            is_write=True,
            access="everybody",
        ),
    ),
    shapes=(
        *SHAPES,
        shape(
            "auth-token",
            "A token's story; its text is shown once, when it is made.",
            f"""
            id*                   don     Its id.
            display_id            text    Its short id.
            client_id             text    Which application it is for.
            expires_at            time    When it ends.
            issued_at             time    When it was made.
            requested_token_type  <{TYPES}>  What it is for.
            scopes                [text]  What it may.
            status                <active expired revoked>  Whether it works.
            subject               text    Whose it is.
            token_hint            text    What tells it from others.
            created_by            user    Who made it.
            created_date          time    When.
            modified_by           user    Who changed it last.
            modified_date         time    When.
            """,
        ),
        shape("auth-org", "A dev org.", "id*  don  Its id.\ndisplay_id*  text  Its short id.\nslug  text  Its name in ids."),
        shape(
            "auth-times",
            "A token's times.",
            """
            expiry*     int64  When it ends, in seconds since 1970.
            issued_at*  int64  When it was made, in seconds since 1970.
            issuer*     text   Who made it.
            subject*    text   Whose it is.
            """,
        ),
        shape(
            "auth-user",
            "Whose a token is.",
            """
            type*         <dev_user rev_user service_account sys_user>  What they are.
            id*           don   Their id.
            display_id*   text  Their short id.
            display_name  text  The name shown.
            email         text  E-mail address.
            full_name     text  Their whole name.
            """,
        ),
    ),
)
