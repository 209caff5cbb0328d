"""dev-users.*: the people who answer. A dev user's number is the user's id."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ..actions import merge_users
from ..actions import users as actions
from ..domain.custom_fields import split_wire_name
from ..domain.principals import Ref
from ..domain.problems import InvalidField, InvalidValue
from ..reference.notation import table
from ..store import conversations, users
from ..store.users import USERS, UserRow
from . import dates, encode_people, filters, page, service_accounts
from .encode_people import People, without_none
from .endpoints import Call, Endpoint, Family, Json
from .lists import CURSORS, PAGING, SORTING, find_row, list_page, stamps
from .persons import SHAPES, bounds, without_type
from .schema_specs import schema_spec
from .viewer import Viewer

_JOBS = (
    "<customer_success_manager cxo designer developer head_of_support operations others product_manager qa revenue_leader "
    + "support tech_lead>"
)
_STATES = "<active deactivated deleted locked shadow unassigned>"


async def get_self(call: Call) -> Json:
    me = call.principal.ref
    if me.kind == "bot":
        return {"dev_user": await service_accounts.one(call, me.id)}
    return {"dev_user": await _one(call, me.id)}


async def get_user(call: Call) -> Json:
    return {"dev_user": await _one(call, call.given["id"].number)}


async def list_users(call: Call) -> Json:
    rows, cursors = await list_page(call, USERS, await _asked(call))
    return {"dev_users": await encode(call, rows), **cursors}


async def create_user(call: Call) -> Json:
    given = call.given
    number = await actions.invite_user(
        call.context,
        call.principal,
        email=given["email"],
        name=given.get("full_name"),
        reports_to=given["reports_to"].number if "reports_to" in given else None,
        custom_fields=given.get("custom_fields", {}),
        spec=schema_spec(given.get("custom_schema_spec", {})),
    )
    return {"dev_user": await _one(call, number)}


async def update_user(call: Call) -> Json:
    return await _update(call, call.given["id"].number)


async def update_self(call: Call) -> Json:
    if call.principal.user_id is None:
        raise InvalidValue("id", "only a dev user updates themselves; a service account has service-accounts.update")
    return await _update(call, call.principal.user_id)


async def activate_user(call: Call) -> Json:
    team_ids = [one.number for one in call.given.get("groups", ())]
    await actions.activate_user(call.context, call.principal, call.given["id"].number, team_ids)
    return {"invite_sent": False}


async def deactivate_user(call: Call) -> Json:
    await actions.deactivate_user(call.context, call.principal, call.given["id"].number)
    return {}


async def merge(call: Call) -> Json:
    primary, secondary = call.given["primary_user"].number, call.given["secondary_user"].number
    await merge_users.merge_users(call.context, call.principal, primary=primary, secondary=secondary)
    return {}


async def link_identity(call: Call) -> Json:
    given = call.given
    number = given["dev_user"].number
    await actions.link_identity(
        call.context, call.principal, number, issuer=given["issuer"], external_id=given["id"], display_name=given.get("display_name")
    )
    return {"dev_user": await _one(call, number)}


async def unlink_identity(call: Call) -> Json:
    number = call.given["dev_user"].number
    await actions.unlink_identity(call.context, call.principal, number, call.given["issuer"])
    return {"dev_user": await _one(call, number)}


async def _update(call: Call, number: int) -> Json:
    spec = call.given.get("custom_schema_spec")
    await actions.change_user(
        call.context,
        call.principal,
        number,
        _values(call.given),
        custom_fields=call.given.get("custom_fields"),
        spec=schema_spec(spec) if spec is not None else None,
    )
    return {"dev_user": await _one(call, number)}


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    """Wire names to columns. Raises InvalidValue for what has no meaning here."""
    same = {"display_name": "display_name", "full_name": "name", "job_title": "job_title", "experience_start_date": "experience_start_at"}
    values: dict[str, Any] = {column: given[key] for key, column in same.items() if key in given}
    if "reports_to" in given:
        values["reports_to"] = given["reports_to"].number
    if "job_history" in given:
        for place, job in enumerate(given["job_history"]):
            if "employment_status" in job:
                raise InvalidValue(f"job_history[{place}].employment_status", "employment_status is not supported yet")
        values["job_history"] = list(given["job_history"])
    return values


async def _asked(call: Call) -> Json:
    given = call.given
    fields = given.get("custom_fields")
    return {
        "emails": [email.lower() for email in given.get("email", ())] or None,
        "states": list(given.get("state", ())) or None,
        "phone_numbers": list(given.get("phone_numbers", ())) or None,
        "timezones": list(given.get("timezone", ())) or None,
        "identities": json.dumps(given["external_identity"]) if given.get("external_identity") else None,
        "custom_fields": await _custom_filter(call, fields) if fields else None,
        **bounds(call, "created", given.get("created_date")),
        **bounds(call, "modified", given.get("modified_date")),
    }


async def _custom_filter(call: Call, asked: Mapping[str, tuple[Any, ...]]) -> str:
    """JSON text of namespace, key and accepted values. Raises InvalidField, InvalidValue for fields that cannot be asked for."""
    known = {(one.namespace, one.key): one for one in await conversations.list_field_definitions(call.connection, call.tenant_id, "user")}
    wanted = []
    for name, accepted in asked.items():
        key = split_wire_name(name)
        if key is None or key not in known:
            raise InvalidField(f"custom_fields.{name}", f"custom_fields.{name}: dev users have no such custom field")
        if not known[key].is_filterable:
            raise InvalidValue(f"custom_fields.{name}", f"custom_fields.{name}: this custom field is not filterable")
        wanted += [{"namespace": key[0], "key": key[1], "accepted": accepted}] if accepted else []
    return msgspec.json.encode(wanted).decode()


async def _one(call: Call, number: int) -> Json:
    return (await encode(call, [await find_row(call, USERS, number, "dev user")]))[0]


async def encode(viewer: Viewer, rows: Sequence[UserRow]) -> list[Json]:
    refs = {Ref("user", number) for row in rows for number in (row.id, row.reports_to) if number is not None}
    authors = {Ref.parse(text) for row in rows for text in (row.created_by, row.modified_by) if text}
    loaded = await page.load_people(viewer.connection, viewer.principal, refs | authors)
    people, identities = People(loaded, viewer.names), defaultdict(list)
    for one in await users.get_identities(viewer.connection, viewer.tenant_id, [row.id for row in rows]):
        identities[one.user_id].append(_identity(one))
    return [
        without_type(encode_people.dev_user(viewer.names, row.id, loaded.members.get(row.id), with_email=True))
        | stamps(row, people)
        | _beside(row, people)
        | ({"external_identities": identities[row.id]} if row.id in identities else {})
        for row in rows
    ]


def _beside(row: UserRow, people: People) -> Json:
    """What a dev user has beside a profile and stamps."""
    started = row.experience_start_at
    custom = msgspec.json.decode(row.custom_fields)
    fields = {f"{namespace}__{key}": value for namespace, values in custom.items() for key, value in values.items()}
    return without_none(
        {
            "custom_fields": fields or None,
            "experience_start_date": dates.show(started) if started else None,
            "job_history": [_job(one) for one in msgspec.json.decode(row.job_history)] or None,
            "job_title": row.job_title,
            "phone_numbers": row.phone_numbers or None,
            "reports_to": people.person("user", row.reports_to) if row.reports_to is not None else None,
            "subtype": row.subtype,
            "timezone": row.timezone,
        }
    )


def _job(stored: Mapping[str, Any]) -> Json:
    moments = {key: dates.show(dates.lower_bound(stored[key], key)) for key in ("start_date", "end_date") if key in stored}
    return {**stored, **moments}


def _identity(one: users.Identity) -> Json:
    return without_none({"issuer": one.issuer, "id": one.external_id, "display_name": one.display_name})


_ID = "id*  id:DEVU  The dev user."
_ANSWER = "dev_user*  dev-user-full  The dev user."
_CUSTOM = """
    custom_fields       object                Custom fields by wire name, as `tnt__tier`; null takes one away.
    custom_schema_spec  dev-user-schema-spec  Which schemas it speaks of.
"""
_EDITS = f"""
    display_name           text(1..256)        The name shown.
    experience_start_date  time                When they began.
    full_name              text(1..256)        Their whole name.
    job_history            [job-history-input]  Their jobs, all of them.
    job_title              {_JOBS}             What they do.
    reports_to             id:DEVU             Whom they report to.
"""
_LIST = f"""
    created_date       date-filter  When they were made.
    custom_fields      {{[any]}}    Custom fields by wire name: any of the values. Each must exist and be filterable.
    email              [text]       With any of these e-mail addresses.
    external_identity  [identity-filter]  With any of these identities elsewhere.
    modified_date      date-filter  When they were last changed.
    phone_numbers      [text]       With any of these phone numbers.
    state              [{_STATES}]  In any of these states.
    timezone           [text]       In any of these time zones.
"""


def _write(name: str, view: Any, summary: str, request: str, answer: str, *, example: Json, **more: Any) -> Endpoint:
    return Endpoint(f"/dev-users.{name}", view, summary, request, answer, example=example, is_write=True, **more)


_TWO = table("primary_user*  id:DEVU  Who stays.", "secondary_user*  id:DEVU  Who is deleted.")
_LINK = table(
    "dev_user*  id:DEVU  The dev user.",
    "display_name  text(..256)  What they are called there.",
    "id*  text(1..512)  Their id there.",
    "issuer*  text(1..512)  Where it is from.",
)
_UNLINK = table("dev_user*  id:DEVU  The dev user.", "issuer*  text(1..512)  Where the identity is from.")
_NEW = table(
    "email*  text(3..320)  E-mail address.",
    "full_name  text(1..256)  Their whole name.",
    "reports_to  id:DEVU  Whom they report to.",
    "state*  <shadow>  Known, without access until activated.",
    _CUSTOM,
)
_OTHERS: Json = {"access": "administrators", "refuses": (404,)}
_LAST = "Refused for the last administrator."

FAMILY = Family(
    endpoints=(
        Endpoint("/dev-users.self", get_self, "Who is asking", "", _ANSWER, text="A service account sees itself."),
        Endpoint("/dev-users.get", get_user, "Get a dev user", _ID, _ANSWER, example={"id": "DEVU-1"}, refuses=(404,)),
        Endpoint(
            "/dev-users.list",
            list_users,
            "List dev users",
            table(_LIST, PAGING, SORTING),
            table("dev_users*  [dev-user-full]  The dev users.", CURSORS),
            example={"limit": 10},
        ),
        _write(
            "create",
            create_user,
            "Invite a dev user",
            _NEW,
            _ANSWER,
            example={"email": "new@example.com", "state": "shadow"},
            status=201,
            access="administrators",
            refuses=(409,),
        ),
        _write(
            "update",
            update_user,
            "Change a dev user",
            table(_ID, _EDITS, _CUSTOM),
            _ANSWER,
            example={"id": "DEVU-1", "job_title": "qa"},
            **_OTHERS,
        ),
        _write("self.update", update_self, "Change yourself", table(_EDITS, _CUSTOM), _ANSWER, example={"display_name": "Robin"}),
        _write(
            "activate",
            activate_user,
            "Let a dev user in",
            table(_ID, "groups  [id:GROUP](..100)  Groups of dev users to join."),
            "invite_sent*  bool  Whether they were written to: never, tell them yourself.",
            example={"id": "DEVU-2"},
            **_OTHERS,
        ),
        _write(
            "deactivate",
            deactivate_user,
            "End a dev user's access",
            _ID,
            "",
            example={"id": "DEVU-2"},
            text=_LAST,
            **_OTHERS,
        ),
        _write(
            "merge",
            merge,
            "Merge two dev users",
            _TWO,
            "",
            example={"primary_user": "DEVU-1", "secondary_user": "DEVU-2"},
            text="What the secondary owns and takes part in becomes the primary's; their tokens end. " + _LAST,
            **_OTHERS,
        ),
        _write(
            "identities.link",
            link_identity,
            "Tell who a dev user is elsewhere",
            _LINK,
            _ANSWER,
            example={"dev_user": "DEVU-1", "id": "U042", "issuer": "slack"},
            access="administrators",
            refuses=(404, 409),
        ),
        _write(
            "identities.unlink",
            unlink_identity,
            "Forget who a dev user is elsewhere",
            _UNLINK,
            _ANSWER,
            example={"dev_user": "DEVU-1", "issuer": "slack"},
            **_OTHERS,
        ),
    ),
    shapes=SHAPES,
    own={"date-filter": filters.date_filter},
)
