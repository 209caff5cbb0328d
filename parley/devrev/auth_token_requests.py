"""What ``auth-tokens.create`` may be asked, and what it means; what cannot work with opaque tokens is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ..actions.rev_sessions import RevInfo, Traits
from ..actions.tokens import LIFETIME, TokenRequest
from ..domain.principals import PersonKind, Principal, Ref
from ..domain.problems import InvalidValue, MissingField
from ..reference.notation import shape
from ..store.control import Scope

_URN = "urn:devrev:params:oauth:"


def prefixed(kind: str) -> str:
    return f"{_URN}token-type:{kind}"


_KINDS = (
    *("aat", "aat:act-as", "aat:public", "dev", "dev:connect", "gat", "pat", "pat:act-as", "rat", "rev", "session", "session:dev"),
    *("session:dev0", "session:onetime", "session:rev", "session:rev:act-as", "super", "sys"),
)
TYPES = " ".join([*map(prefixed, _KINDS), "urn:ietf:params:oauth:token-type:jwt"])
ISSUE = f"{_URN}grant-type:token-issue"
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_SUBJECT_KINDS = ["jwt:auth0", "jwt:dev", "rat", "rev", "revinfo", "session", "sysu", "userinfo"]
_SUBJECT_TYPES = " ".join([*map(prefixed, _SUBJECT_KINDS), "urn:ietf:params:oauth:token-type:jwt"])
SUBJECTS: dict[str, PersonKind] = {"dev_user": "user", "rev_user": "contact", "service_account": "bot", "sys_user": "bot"}
_NOT_YET = "is not supported yet"


def read_request(given: Mapping[str, Any], principal: Principal) -> TokenRequest:
    """Raises InvalidValue for what is refused by name or does not go together, MissingField without ``rev_info``."""
    _refuse_exchange(given)
    kind = _kind(given, principal)
    for name, needed in (("rev_info", "session:rev"), ("act_as", "aat"), ("client_id", "aat")):
        if name in given and kind != needed:
            raise InvalidValue(name, f"{name} goes with {prefixed(needed)} only")
    if kind == "session:rev" and "rev_info" not in given:
        raise MissingField("rev_info", "rev_info is required for a rev user's session")
    if "act_as" in given and given["act_as"].type != "service_account":
        raise InvalidValue("act_as", f"acting as a dev user {_NOT_YET}")
    return TokenRequest(
        kind=kind,  # type: ignore[arg-type]
        scope=_scope(given.get("scope", "")),
        hint=given.get("token_hint", ""),
        lifetime=_lifetime(given),
        act_as=Ref("bot", given["act_as"].number) if "act_as" in given else None,
        client_id=given.get("client_id"),
        rev_info=_rev_info(given["rev_info"]) if "rev_info" in given else None,
    )


def _refuse_exchange(given: Mapping[str, Any]) -> None:
    if given.get("grant_type", ISSUE) != ISSUE:
        raise InvalidValue("grant_type", f"exchanging a token {_NOT_YET}", allowed=[ISSUE])
    for name in ("subject_token", "aud"):
        if given.get(name):
            raise InvalidValue(name, f"{name} {_NOT_YET}")
    revinfo = prefixed("revinfo")
    if "subject_token_type" in given and (given["subject_token_type"] != revinfo or "rev_info" not in given):
        raise InvalidValue("subject_token_type", f"a subject other than rev_info {_NOT_YET}", allowed=[revinfo])


def _kind(given: Mapping[str, Any], principal: Principal) -> str:
    if "requested_token_type" not in given:
        return "session:rev" if "rev_info" in given else "aat" if principal.ref.kind == "bot" or "act_as" in given else "pat"
    kind: str = given["requested_token_type"].removeprefix(prefixed(""))
    if kind not in LIFETIME:
        raise InvalidValue("requested_token_type", f"this type {_NOT_YET}", allowed=[prefixed(one) for one in LIFETIME])
    return kind


def _scope(text: str) -> Scope:
    asked = set(text.split())
    if asked - {"read", "write"}:
        raise InvalidValue("scope", "scope takes read and write", allowed=["read", "write"])
    return "read" if asked == {"read"} else "write"


def _lifetime(given: Mapping[str, Any]) -> timedelta | None:
    """Zero says as little as an absent one."""
    days, minutes = given.get("expires_in", 0), given.get("expires_in_mins", 0)
    if days and minutes:
        raise InvalidValue("expires_in_mins", "give expires_in or expires_in_mins, not both")
    return timedelta(days=days, minutes=minutes) or None


def _rev_info(given: Mapping[str, Any]) -> RevInfo:
    workspace = given.get("workspace_traits", given.get("org_traits", {}))
    for owner, name, traits in (
        ("workspace_traits", "domain", workspace),
        ("workspace_traits", "phone_numbers", workspace),
        ("workspace_traits", "tier", workspace),
        ("user_traits", "description", given.get("user_traits", {})),
    ):
        if traits.get(name):
            raise InvalidValue(f"rev_info.{owner}.{name}", f"{name} {_NOT_YET}")
    for old, new in (("org_ref", "workspace_ref"), ("org_traits", "workspace_traits")):
        if old in given and new in given:
            raise InvalidValue(f"rev_info.{old}", f"{old} is the old name of {new}: give one")
    for told, references in (("account", ("account_ref",)), ("workspace", ("workspace_ref", "org_ref"))):
        if (f"{told}_traits" in given or (told == "workspace" and "org_traits" in given)) and not any(one in given for one in references):
            raise MissingField(f"rev_info.{references[0]}", f"rev_info.{told}_traits say nothing without {references[0]}")
    return RevInfo(
        contact_id=given["user_id"].number if "user_id" in given else None,
        user_ref=given.get("user_ref"),
        workspace_ref=given.get("workspace_ref", given.get("org_ref")),
        account_ref=given.get("account_ref"),
        user=_user_traits(given.get("user_traits", {})),
        workspace=_traits(workspace, display_name="name", description="description"),
        account=_traits(given.get("account_traits", {}), display_name="name", domains="domains"),
    )


def _user_traits(given: Mapping[str, Any]) -> Traits:
    found = _traits(given, display_name="display_name", full_name="name", email="email")
    phones = {"phone_number": given["phone_numbers"][0]} if given.get("phone_numbers") else {}
    return Traits({**found.columns, **phones}, found.custom_fields)


def _traits(given: Mapping[str, Any], **columns: str) -> Traits:
    """``columns`` maps wire names to columns."""
    values = {column: given[name] for name, column in columns.items() if name in given}
    if "domains" in values:
        values["domains"] = list(values["domains"])
    return Traits(values, given.get("custom_fields", {}))


_WORKSPACE = """
    custom_fields  object       Custom fields by wire name.
    description    text(..65536)  What it is.
    display_name   text(1..256)  Its name.
    domain         text         Not supported yet.
    phone_numbers  [text]       Not supported yet.
    tier           text         Not supported yet.
"""
SHAPES = (
    shape(
        "rev-info",
        "A rev user, found by id or reference, or made by reference.",
        """
        user_id           id:REVU          Who, by id.
        user_ref          text(1..512)     Who, by your own reference.
        user_traits       rev-info-user    What is to be said of them.
        workspace_ref     text(1..512)     Their workspace, by your own reference.
        workspace_traits  rev-info-workspace  What is to be said of it.
        account_ref       text(1..512)     Their account, by your own reference.
        account_traits    rev-info-account  What is to be said of it.
        org_ref           text(1..512)     Deprecated: the same as workspace_ref.
        org_traits        rev-info-workspace  Deprecated: the same as workspace_traits.
        """,
        closed=True,
    ),
    shape(
        "rev-info-user",
        "What is to be said of a rev user.",
        """
        custom_fields  object        Custom fields by wire name.
        description    text          Not supported yet.
        display_name   text(1..256)  The name shown.
        email          text(..320)   E-mail address.
        full_name      text(..256)   Their whole name.
        phone_numbers  [text](..1)   Phone number, one at most.
        """,
        closed=True,
    ),
    shape("rev-info-workspace", "What is to be said of a workspace.", _WORKSPACE, closed=True),
    shape(
        "rev-info-account",
        "What is to be said of an account.",
        """
        custom_fields  object          Custom fields by wire name.
        display_name   text(1..256)    Its name.
        domains        [text](..100)   Its internet domains.
        """,
        closed=True,
    ),
)
GRANTS = f"<{ISSUE} {_EXCHANGE}>"
SUBJECT_TYPES = f"<{_SUBJECT_TYPES}>"
