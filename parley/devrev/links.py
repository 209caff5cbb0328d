"""links.*: what conversations, works, parts, organisations and people have to do with each other (contract 2.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..actions import links as actions
from ..domain.links import END_TYPES, LINK_TYPES, PART_KINDS, End, LinkEnds
from ..domain.principals import Ref
from ..domain.problems import InvalidId, InvalidValue, NotFound
from ..reference.notation import shape, table
from ..store import conversations, works
from ..store import people as store_people
from ..store.links import LINKS, LinkRow, get_titles
from . import encode_works
from .dons import Id
from .encode_people import People, account, without_none
from .endpoints import Call, Endpoint, Family, Json
from .lists import CURSORS, PAGING, find_row, list_page, people_of, stamps
from .viewer import Viewer

_NOUNS = {wire: noun for noun, wire in END_TYPES.items()}


async def create_link(call: Call) -> Json:
    link_id = await actions.create_link(call.context, call.principal, _ends(call.given))
    return {"link": await _one(call, link_id)}


async def get_link(call: Call) -> Json:
    return {"link": await _one(call, call.given["id"].number)}


async def list_links(call: Call) -> Json:
    """A page may hold fewer links than asked for: those with an end that the caller cannot see are left out."""
    given, end = call.given, _end(call.given["object"])
    if end not in await _find_ends(call, [end]):
        raise InvalidId("object", "object: there is no such object")
    types = given.get("link_type", given.get("types"))
    nouns = [_NOUNS[one] for one in given.get("object_types", _NOUNS) if one in _NOUNS]
    asked = {given.get("direction", "either"): [str(end), *nouns], "link_types": list(types) if types is not None else None}
    rows, cursors = await list_page(call, LINKS, asked)
    return {"links": await encode(call, rows), **cursors}


async def replace_link(call: Call) -> Json:
    link_id = call.given["id"].number
    await actions.replace_link(call.context, call.principal, link_id, _ends(call.given))
    return {"link": await _one(call, link_id)}


async def delete_link(call: Call) -> Json:
    await actions.delete_link(call.context, call.principal, call.given["id"].number)
    return {}


def _ends(given: Mapping[str, Any]) -> LinkEnds:
    """Raises InvalidValue for custom link types, which are not there yet."""
    if given["link_type"] not in LINK_TYPES:
        raise InvalidValue("link_type", f"link_type {given['link_type']} is not supported yet", allowed=LINK_TYPES)
    if "custom_link_type" in given:
        raise InvalidValue("custom_link_type", "custom_link_type is not supported yet")
    return LinkEnds(given["link_type"], _end(given["source"]), _end(given["target"]))


def _end(one: Id) -> End:
    return End(_NOUNS[one.type], one.number)


async def _one(call: Call, link_id: int) -> Json:
    shown = await encode(call, [await find_row(call, LINKS, link_id, "link")])
    if not shown:
        raise NotFound("no such link")
    return shown[0]


async def encode(viewer: Viewer, rows: Sequence[LinkRow]) -> list[Json]:
    people = await people_of(viewer, rows)
    ends = await _find_ends(viewer, [End.parse(text) for row in rows for text in (row.source, row.target)])
    shown = []
    for row in rows:
        source, target = ends.get(End.parse(row.source)), ends.get(End.parse(row.target))
        if source is not None and target is not None:
            link = {**viewer.names.ids("link", row.id), "link_type": row.link_type, "source": source, "target": target}
            shown.append(link | stamps(row, people))
    return shown


async def _find_ends(viewer: Viewer, ends: Sequence[End]) -> dict[End, Any]:
    """Summaries of those ends that are there and that the caller may see."""

    def numbers(*nouns: str) -> list[int]:
        return [end.number for end in ends if end.noun in nouns]

    found: dict[End, Any] = {}
    for number, title in (await get_titles(viewer.connection, viewer.principal, numbers("conversation"))).items():
        ids = viewer.names.ids("conversation", number)
        found[End("conversation", number)] = {"type": "conversation", **ids, **without_none({"title": title})}
    for kind in ("ticket", "issue"):
        rows = list((await works.find_works(viewer.connection, viewer.tenant_id, kind, numbers(kind))).values())
        page = await encode_works.load(viewer, rows)
        found |= {End(kind, row.number): encode_works.summary(page, row) for row in rows}
    found |= await _find_parts(viewer, numbers(*PART_KINDS))
    return found | await _find_organisations(viewer, ends) | await _find_people(viewer, ends)


async def _find_parts(viewer: Viewer, numbers: Sequence[int]) -> dict[End, Any]:
    parts = await conversations.get_parts(viewer.connection, viewer.tenant_id, numbers)
    owners = [Ref("user", user_id) for part in parts.values() for user_id in part.owner_ids]
    people = await people_of(viewer, [], owners)
    return {End(part.kind, part.id): encode_works.part(viewer.names, people, part) for part in parts.values()}


async def _find_organisations(viewer: Viewer, ends: Sequence[End]) -> dict[End, Any]:
    company_ids, workspace_ids = ([end.number for end in ends if end.noun == noun] for noun in ("company", "workspace"))
    companies = await store_people.get_companies(viewer.connection, viewer.tenant_id, company_ids)
    workspaces = await store_people.get_workspaces(viewer.connection, viewer.tenant_id, workspace_ids)
    found = {End("company", one.id): account(viewer.names, one) for one in companies.values()}
    for one in workspaces.values():
        found[End("workspace", one.id)] = {"type": "rev_org", **viewer.names.ids("rev_org", one.id), "display_name": one.name}
    return found


async def _find_people(viewer: Viewer, ends: Sequence[End]) -> dict[End, Any]:
    refs = [Ref(end.noun, end.number) for end in ends if end.noun in ("user", "contact")]  # type: ignore[arg-type]
    people: People = await people_of(viewer, [], refs)
    users = await store_people.get_members(viewer.connection, viewer.tenant_id, [ref.id for ref in refs if ref.kind == "user"])
    contacts = await store_people.get_contacts(viewer.connection, viewer.tenant_id, [ref.id for ref in refs if ref.kind == "contact"])
    known = {*(("user", number) for number in users), *(("contact", number) for number in contacts)}
    return {End(ref.kind, ref.id): people.person(ref.kind, ref.id) for ref in refs if (ref.kind, ref.id) in known}


_OBJECT = "id:CONV/TKT/ISS/PROD/CAPL/FEAT/ENH/LINKABLE/RUNNABLE/ACC/REV/DEVU/REVU"
_TYPES = f"<custom_link {' '.join(LINK_TYPES)}>"
_END_TYPES = (
    "<account article capability code_change conversation custom_object dev_user enhancement feature incident issue linkable meeting "
    "opportunity product rev_org rev_user runnable task ticket widget>"
)
_ID = "id*  id:LINK  The link."
_ANSWER = "link*  link-full  The link."
_ENDS = f"""
    link_type*  {_TYPES}   What the source is to the target; `custom_link` is not supported yet.
    source*     {_OBJECT}  Where it goes from.
    target*     {_OBJECT}  Where it goes to.
"""

FAMILY = Family(
    endpoints=(
        Endpoint(
            "/links.create",
            create_link,
            "Link two objects",
            table("custom_link_type  any  Not supported yet: refused by name.", _ENDS),
            _ANSWER,
            text="A conversation's timeline tells of it.",
            example={"link_type": "is_related_to", "source": "CONV-1", "target": "PROD-1"},
            is_write=True,
            status=201,
            refuses=(409,),
        ),
        Endpoint("/links.get", get_link, "Get a link", _ID, _ANSWER, example={"id": "LINK-1"}, refuses=(404,)),
        Endpoint(
            "/links.list",
            list_links,
            "List the links of an object",
            table(
                f"""
                object*       {_OBJECT}               Whose links.
                direction     <is_source is_target>   Links that it is this end of; both when absent.
                link_type     [{_TYPES}]              Of any of these types.
                types         [{_TYPES}]              Deprecated: the same as link_type.
                object_types  [{_END_TYPES}]          With an object of any of these types at the other end.
                """,
                PAGING,
            ),
            table("links*  [link-full]  The links, oldest first.", CURSORS),
            example={"object": "CONV-1"},
        ),
        Endpoint(
            "/links.replace",
            replace_link,
            "Give a link another type or other ends",
            table(_ID, _ENDS),
            _ANSWER,
            example={"id": "LINK-1", "link_type": "is_dependent_on", "source": "CONV-1", "target": "PROD-1"},
            is_write=True,
            status=201,
            refuses=(404, 409),
        ),
        Endpoint("/links.delete", delete_link, "Take a link away", _ID, "", example={"id": "LINK-1"}, is_write=True, refuses=(404,)),
    ),
    shapes=(
        shape(
            "link-full",
            "What one object has to do with another.",
            f"""
            id*            don       Its id.
            display_id     text      Its short id.
            link_type*     {_TYPES}  What the source is to the target.
            source*        link-end  Where it goes from.
            target*        link-end  Where it goes to.
            created_by     user      Who made it.
            created_date   time      When.
            modified_by    user      Who changed it last.
            modified_date  time      When.
            """,
        ),
        shape(
            "link-end",
            "An object at an end of a link, in short.",
            f"""
            type*               {_END_TYPES}  Its type.
            id*                 don           Its id.
            display_id          text          Its short id.
            title               text          The title of a conversation, ticket or issue.
            name                text          The name of a part.
            display_name        text          The name of an organisation or person.
            display_picture     artifact      The picture of a person.
            email               text          The e-mail address of a person.
            external_ref        text          A customer's id in a system of yours.
            full_name           text          The whole name of a person.
            owned_by            [user]        Who owns a ticket, an issue or a part.
            account             organization  The account of a ticket.
            rev_org             organization  The rev org of a ticket or a customer.
            priority            text          The priority of an issue.
            priority_v2         enum-value    The same as a number.
            severity            text          The severity of a ticket.
            stage               work-stage    The stage of a ticket or issue.
            state               text          Whether a person can still act.
            state_display_name  text          The state of a ticket or issue, for people.
            """,
        ),
    ),
)
