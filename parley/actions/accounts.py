"""An account's own settings."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Mapping
from typing import Any

import msgspec

from ..domain.principals import Principal
from ..domain.problems import InvalidValue, NotFound
from ..store import accounts
from ..store.database import Connection
from .context import Context
from .nouns import changing, record
from .users import is_email

COLUMNS = ("name", "locale", "domain", "support_email")
_LOCALE = re.compile(r"[a-z]{2,3}([_-][A-Za-z]{2,4})?")


async def change_account(
    context: Context, principal: Principal, columns: Mapping[str, Any], settings: Mapping[str, Any], attributes: Mapping[str, Any]
) -> None:
    """Sets ``COLUMNS``, and puts ``settings`` and custom ``attributes`` beside those there are. Raises Forbidden, InvalidValue."""
    check_columns(columns)
    if "timezone" in attributes and attributes["timezone"] not in zoneinfo.available_timezones():
        raise InvalidValue("timezone", "timezone must be a name of the IANA database, as Europe/Lisbon")
    async with changing(context, principal, administrator=True) as connection:
        account = await accounts.get_account(connection, principal.tenant.id)
        if account is None:
            raise NotFound("no such account")
        values: dict[str, Any] = dict(columns)
        if settings:
            values["settings"] = msgspec.json.decode(account.settings) | dict(settings)
        if attributes:
            values["custom_attributes"] = msgspec.json.decode(account.custom_attributes) | dict(attributes)
            values |= {"timezone": attributes["timezone"]} if "timezone" in attributes else {}
        await set_columns(connection, context, principal, principal.tenant.id, values)


async def set_columns(connection: Connection, context: Context, principal: Principal, tenant_id: int, values: Mapping[str, Any]) -> None:
    """In the open transaction, which is in the tenant."""
    if values:
        await accounts.update_account(connection, tenant_id, values)
        await record(connection, context, principal, "account.updated", {"id": tenant_id, "changed": sorted(values)})


def check_columns(columns: Mapping[str, Any]) -> None:
    """Raises InvalidValue."""
    if (locale := columns.get("locale")) is not None and not _LOCALE.fullmatch(locale):
        raise InvalidValue("locale", "locale must be a language, as en or pt_BR")
    if (email := columns.get("support_email")) and not is_email(email):
        raise InvalidValue("support_email", "support_email must be an e-mail address")
