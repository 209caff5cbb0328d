"""Lists of contacts (contract 3.4): all that one can reach, those that a search finds, those that are here now."""

from __future__ import annotations

from typing import Any

from ..domain.presence import CONTACT_WINDOW
from ..domain.problems import InvalidValue
from ..store import contact_lists
from ..store.contact_lists import SORTS, Sort
from .contact_shapes import CONTACT_SHAPES
from .encode_contacts import shown_contacts
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .parameters import BIGINT
from .readers import Json, text

PER_PAGE = 15
_LONGEST, _MOST_LABELS = 255, 1000
CONTACTS = f"{ACCOUNT}/contacts"


async def list_contacts(call: Call) -> Json:
    labels, sorts, tenant_id = call.given.get("labels") or None, _sorts(call), call.tenant_id
    ids = await contact_lists.page_known(call.connection, tenant_id, sorts, labels=labels, limit=PER_PAGE, offset=call.offset(PER_PAGE))
    total = await contact_lists.count_known(call.connection, tenant_id, labels)
    return {"meta": {"count": total, "current_page": current_page(call)}, "payload": await _listed(call, ids)}


async def search_contacts(call: Call) -> Json:
    words = (call.given.get("q") or "").strip()
    sorts, offset = _sorts(call), call.offset(PER_PAGE)
    found = []
    if words:
        found = await contact_lists.search(call.connection, call.tenant_id, words, sorts, limit=PER_PAGE + 1, offset=offset)
    ids = found[:PER_PAGE]
    meta = {"count": len(ids), "current_page": current_page(call), "has_more": len(found) > PER_PAGE}
    return {"meta": meta, "payload": await _listed(call, ids)}


async def list_active_contacts(call: Call) -> Json:
    since = call.context.clock() - CONTACT_WINDOW
    ids = await contact_lists.page_present(
        call.connection, call.tenant_id, since, _sorts(call), limit=PER_PAGE, offset=call.offset(PER_PAGE)
    )
    total = await contact_lists.count_present(call.connection, call.tenant_id, since)
    return {"meta": {"count": total, "current_page": current_page(call)}, "payload": await _listed(call, ids)}


async def _listed(call: Call, ids: list[int]) -> list[Json]:
    return await shown_contacts(call, ids, with_inboxes=with_inboxes(call))


def with_inboxes(call: Call) -> bool:
    """Unless ``include_contact_inboxes`` says no."""
    return call.given.get("include_contact_inboxes") is not False


def current_page(call: Call) -> str | int:
    """As the original has it: the text that was given, the number 1 where nothing was."""
    given = call.request.query_params.get("page")
    return 1 if given is None else given


def _sorts(call: Call) -> list[Sort]:
    """``-last_activity_at,name``: keys of ``SORTS``, each turned round by a minus. Raises InvalidValue."""
    found = []
    for word in filter(None, (part.strip() for part in (call.given.get("sort") or "").split(","))):
        key = word.removeprefix("-")
        if key not in SORTS:
            raise InvalidValue("sort", f"sort takes {', '.join(SORTS)}, each with a minus for the other direction")
        found.append(Sort(key, word.startswith("-")))
    return found


def read_labels(path: str, value: Any) -> list[str]:
    """``labels[]=a&labels[]=b`` or ``labels=a,b``: the names, each once. Raises InvalidValue."""
    given = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else [value]
    names = [name.strip() for one in given for name in text(path, one).split(",")]
    if len(names) > _MOST_LABELS:
        raise InvalidValue(path, f"{path} takes at most {_MOST_LABELS} labels")
    if any(len(name) > _LONGEST for name in names):
        raise InvalidValue(path, f"a label has at most {_LONGEST} characters")
    return list(dict.fromkeys(name for name in names if name))


_PAGED = f"""
    page  int64(1..{BIGINT // PER_PAGE})?  Which page, from 1; {PER_PAGE} contacts each.
    sort  text   In which order: `name`, `email`, `phone_number`, `last_activity_at`, `created_at`, `company_name`, `city`, `country`,
           with a minus for the other direction, several with commas. By number when absent; the number breaks ties.
    include_contact_inboxes  bool?  `false` leaves `contact_inboxes` out.
"""
_LABELS = "    labels  [text(1..)]  Only those with any of these labels, in any case.\n"

FAMILY = Family(
    endpoints=(
        Endpoint(
            "GET",
            CONTACTS,
            list_contacts,
            "List contacts",
            "contact-page",
            query=_PAGED + _LABELS,
            text="Those with an e-mail address, a phone number or an identifier.",
            example={"sort": "-last_activity_at", "page": 1},
        ),
        Endpoint(
            "GET",
            f"{CONTACTS}/search",
            search_contacts,
            "Search contacts",
            "contact-search",
            query="    q  text  What the name, the e-mail address or the number hold in any case, or the identifier in this one.\n"
            + _PAGED,
            text="`count` is of this page; `has_more` tells whether another follows. Without words nothing is found.",
            example={"q": "ada"},
        ),
        Endpoint(
            "GET",
            f"{CONTACTS}/active",
            list_active_contacts,
            "List contacts who are here now",
            "contact-page",
            query=_PAGED,
            text="Those who were heard of in the last 90 seconds.",
        ),
    ),
    shapes=CONTACT_SHAPES,
    own={"[text(1..)]": read_labels},
)
