"""A row of a table of contacts: known by its identifier, its e-mail address or its number, or else new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..domain.principals import Principal
from ..domain.problems import BadInput, Conflict, InvalidValue
from ..store import contact_files
from ..store.database import Connection
from .contact_cards import Card, add_contact, edit_contact, lock_values, problems
from .context import Context

_OWN = ("identifier", "email", "name", "phone_number")


async def lock_rows(connection: Connection, tenant_id: int, rows: Sequence[Mapping[str, str]]) -> None:
    """Before the rows of a transaction are taken: what they will be known by."""
    await lock_values(connection, tenant_id, [_values(_given(cells)) for cells in rows])


async def take_row(context: Context, principal: Principal, cells: Mapping[str, str]) -> None:
    """Makes or fills a contact in the open transaction; a column that is none of ours becomes a custom attribute.

    Raises InvalidValue with every reason, before anything is written.
    """
    given = _given(cells)
    values = _values(given)
    reasons = [problem.message for problem in problems(values)]
    if any("\x00" in text for text in cells.values()):
        reasons.append("a cell holds a null character")
    if reasons or not given:
        raise InvalidValue("row", ", ".join(reasons) or "the row is empty")
    company = given.get("company") or given.get("company_name")
    additional = {"company_name": company, "city": given.get("city")}
    card = Card(
        values,
        {name: value for name, value in additional.items() if value},
        {name: text for name, text in given.items() if name not in _OWN},
    )
    await _write(context, principal, card)


def _given(cells: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, cell in cells.items() if (text := cell.replace("\x00", "").strip())}


def _values(given: Mapping[str, str]) -> dict[str, str]:
    """The columns of ours, as they are written."""
    values = {name: given[name] for name in _OWN if name in given}
    if "email" in values:
        values["email"] = values["email"].lower()
    if "phone_number" in values and not values["phone_number"].startswith("+"):
        values["phone_number"] = "+" + values["phone_number"]
    return values


async def _write(context: Context, principal: Principal, card: Card) -> None:
    try:
        if (known := await _known(context, principal, card)) is None:
            try:
                await add_contact(context, principal, card)
                return
            except Conflict:
                # Somebody else made it since we looked; the lock that told so lets us see it now.
                if (known := await _known(context, principal, card)) is None:
                    raise
        await edit_contact(context, principal, known, card)
    except Conflict as error:
        raise InvalidValue("row", f"{error.field.replace('_', ' ').capitalize()} has already been taken") from error
    except BadInput as error:
        raise InvalidValue("row", error.message) from error


async def _known(context: Context, principal: Principal, card: Card) -> int | None:
    asked = {name: card.values.get(name) for name in ("identifier", "email", "phone_number")}
    async with context.database.read(principal.tenant.id, vary=False) as connection:
        matches = await contact_files.list_matches(connection, principal.tenant.id, None, **asked)
    return matches.get("identifier") or matches.get("email") or matches.get("phone_number")
