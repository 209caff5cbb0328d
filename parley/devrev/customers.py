"""What accounts, rev orgs and rev users have in common on this wire: filters, what a write carries, and their encoding."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

import msgspec

from ..actions.customers import Carried
from ..domain.conversations import SchemaFragment, Tag
from ..domain.custom_fields import wire_name
from ..domain.people import Company, Workspace
from ..domain.principals import Ref
from ..domain.problems import AttachmentTaken, InvalidId, InvalidValue
from ..reference.notation import shape
from ..store import conversations, customers, people
from ..store.customers import Artifact, CustomerNoun
from . import dons, encode_atoms, encode_people, filters
from .encode_people import People, file, without_none
from .endpoints import Call, Json
from .lists import Stamped, people_of, stamps
from .resolve import custom_field_filter, people_refs
from .schema_specs import schema_spec
from .viewer import Viewer

FILTERS = """
    created_by     [id:person](..100)  Made by any of these.
    created_date   time-range          When it was made.
    custom_fields  {[any]}             Custom fields by wire name, each with the values that fit.
    modified_date  time-range          When it was changed last.
    tags           [text](..100)       With any of these tags: an id, or `TAG-1:value`.
"""
CARRIED = """
    artifacts      [id:ARTIFACT](..100)  Files.
    custom_fields  {any}                 Custom fields by wire name.
    tags           [set-tag](..100)      Tags.
"""
CARRIED_AGAIN = """
    artifacts      account-artifacts  Which files it has.
    custom_fields  {any}             Custom fields by wire name; null takes one away.
    tags           [set-tag](..100)  Exactly these tags.
"""
SPEC = "custom_schema_spec  customer-schema-spec  The schemas of the custom fields."
SHOWN = """
    id*                      don               Its id.
    display_id*              text              Its short id.
    display_name             text              Its name.
    description              text              What it is.
    artifacts                [artifact]        Its files.
    custom_fields            object            Custom fields by wire name, as `tnt__tier`.
    custom_schema_fragments  [don]             What defines its custom fields.
    subtype                  text              Its subtype.
    tags                     [tag-with-value]  Its tags.
    created_by               user              Who made it.
    created_date*            time              When.
    modified_by              user              Who changed it last.
    modified_date*           time              When.
"""
SHAPES = (
    shape("account-artifacts", "Which files something has.", "set  [id:ARTIFACT](..100)  Exactly these.", closed=True),
    shape(
        "customer-schema-spec",
        "The schemas of a write's custom fields.",
        """
        apps                      [text](..100)  Apps whose fields it has.
        drop                      customer-schema-drop  Schemas that it has no more.
        subtype                   text(1..256)   Its subtype.
        tenant_fragment           bool           Whether it has the dev org's own fields.
        validate_required_fields  bool           Whether required fields must be there.
        """,
        closed=True,
    ),
    shape(
        "customer-schema-drop",
        "Schemas that something has no more.",
        """
        apps     [text](..100)  Apps.
        subtype  bool           Its subtype.
        """,
        closed=True,
    ),
)
OWN = {"time-range": filters.plain_range}
FRAGMENTS = "TENANTFRAG/TYPEFRAG/APPFRAG"
_FRAGMENT_TYPES = {"tenant": "tenant_fragment", "app": "app_fragment", "subtype": "custom_type_fragment"}
_TAG = re.compile(r"(?P<id>don:.*?:tag/[^:/]+|TAG-[A-Za-z0-9]+|[^:]+)(?::(?P<value>.*))?", re.DOTALL)


class CustomerRow(Stamped, Protocol):
    """What every customer's row has."""

    @property
    def id(self) -> int: ...
    @property
    def description(self) -> str | None: ...
    @property
    def subtype(self) -> str | None: ...
    @property
    def custom_fields(self) -> str: ...
    @property
    def tag_ids(self) -> list[int]: ...
    @property
    def tag_values(self) -> list[str | None]: ...
    @property
    def artifact_ids(self) -> list[int]: ...


async def asked_of(call: Call, noun: CustomerNoun, lists: Mapping[str, str]) -> dict[str, Any]:
    """The filters of a list; ``lists`` names our filter for each field that is a list of texts. An empty list filters nothing."""
    given = call.given
    asked: dict[str, Any] = {ours: list(given[field]) for field, ours in lists.items() if given.get(field)}
    now = call.context.clock()
    for field, ours in (("created_date", "created"), ("modified_date", "modified")):
        if field in given:
            bounds = given[field].range(now)
            asked |= {f"{ours}_after": bounds.after, f"{ours}_before": bounds.before}
    if given.get("created_by"):
        refs = await people_refs(call.connection, call.tenant_id, given["created_by"])
        asked["created_by"] = [str(ref) for ref in refs]
    if given.get("tags"):
        asked["tags"] = _json([_tag(f"tags[{place}]", text, call) for place, text in enumerate(given["tags"])])
    if given.get("custom_fields"):
        wanted = [(name, tuple(values)) for name, values in given["custom_fields"].items()]
        asked["custom_fields"] = _json(await custom_field_filter(call.connection, call.tenant_id, noun, wanted))
    return asked


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _tag(field: str, text: str, call: Call) -> tuple[int, str | None]:
    match = _TAG.fullmatch(text)
    if match is None:
        raise InvalidId(field, f"{field}: not a tag's id, nor one with a value behind a colon")
    return dons.parse(match["id"], field=field, slug=call.principal.tenant.slug, allowed=["tag"]).number, match["value"]


def carried_of(given: Mapping[str, Any]) -> Carried:
    """What a write says beside columns. Raises InvalidValue when its schemas are said in two ways."""
    files = given.get("artifacts")
    files = files.get("set", ()) if isinstance(files, dict) else files
    spec = given.get("custom_schema_spec")
    name = "schema_fragment_ids" if "schema_fragment_ids" in given else "custom_schema_fragments"
    fragments = given.get(name)
    fragments = fragments.get("set", ()) if isinstance(fragments, dict) else fragments
    if spec is not None and fragments is not None:
        raise InvalidValue(name, f"give custom_schema_spec or {name}, not both")
    return Carried(
        tags={one["id"].number: one.get("value") for one in given["tags"]} if "tags" in given else None,
        artifact_ids=None if files is None else tuple(one.number for one in files),
        custom_fields=given.get("custom_fields", {}),
        spec=None if spec is None else schema_spec(spec),
        fragment_ids=None if fragments is None else tuple(one.number for one in fragments),
        fragments_field=name,
    )


@asynccontextmanager
async def telling_parents(call: Call) -> AsyncIterator[None]:
    """Tells what an attached file belongs to by its id on this wire."""
    try:
        yield
    except AttachmentTaken as problem:
        parent = encode_atoms.don(call.names, problem.parent)
        raise AttachmentTaken(problem.field, parent, is_same=problem.is_same) from problem


class Shown:
    """Everything that a page of customers shows beside their rows."""

    def __init__(self, viewer: Viewer, persons: People) -> None:
        self.names = viewer.names
        self.people = persons
        self._tags: dict[int, Tag] = {}
        self._artifacts: dict[int, Artifact] = {}
        self._fragments: list[SchemaFragment] = []
        self.companies: dict[int, Company] = {}
        self.workspaces: dict[int, Workspace] = {}

    @classmethod
    async def load(
        cls,
        viewer: Viewer,
        rows: Sequence[CustomerRow],
        *,
        more: Iterable[Ref] = (),
        companies: Iterable[int | None] = (),
        workspaces: Iterable[int | None] = (),
    ) -> Shown:
        shown = cls(viewer, await people_of(viewer, rows, more))
        connection, tenant_id = viewer.connection, viewer.tenant_id
        shown._tags = await conversations.get_tags(connection, tenant_id, [tag for row in rows for tag in row.tag_ids])
        shown._artifacts = await customers.get_artifacts(connection, tenant_id, [one for row in rows for one in row.artifact_ids])
        shown._fragments = await conversations.list_schema_fragments(connection, tenant_id)
        shown.companies = await people.get_companies(connection, tenant_id, [one for one in companies if one is not None])
        shown.workspaces = await people.get_workspaces(connection, tenant_id, [one for one in workspaces if one is not None])
        return shown

    def customer(self, kind: str, row: CustomerRow) -> Json:
        """What every customer shows; its own keys are put beside."""
        encoded: Json = {**self.names.ids(kind, row.id)}
        encoded |= without_none({"description": row.description, "subtype": row.subtype})
        if row.tag_ids:
            pairs = zip(row.tag_ids, row.tag_values, strict=True)
            encoded["tags"] = [without_none({"tag": self._tag(tag_id), "value": value}) for tag_id, value in pairs]
        if row.artifact_ids:
            encoded["artifacts"] = [self._artifact(one) for one in row.artifact_ids]
        fields = msgspec.json.decode(row.custom_fields)
        shown = {wire_name(namespace, key): value for namespace, inside in fields.items() for key, value in inside.items()}
        encoded |= {"custom_fields": shown} if shown else {}
        if fragments := self._fragments_of(row.subtype, fields):
            encoded["custom_schema_fragments"] = fragments
        return encoded | stamps(row, self.people)

    def organization(self, company_id: int | None) -> Json | None:
        company = self.companies.get(company_id or 0)
        return encode_people.account(self.names, company) if company else None

    def workspace(self, workspace_id: int | None) -> Json | None:
        workspace = self.workspaces.get(workspace_id or 0)
        return {"type": "rev_org", **self.names.ids("rev_org", workspace.id), "display_name": workspace.name} if workspace else None

    def _fragments_of(self, subtype: str | None, fields: Mapping[str, Any]) -> list[str]:
        """The tenant's own where a field of it has a value, and the one of the subtype."""
        fitting = [
            one
            for one in self._fragments
            if (one.kind == "tenant" and "tnt" in fields) or (one.kind == "subtype" and subtype is not None and one.subtype == subtype)
        ]
        return [self.names.don(_FRAGMENT_TYPES[one.kind], one.id) for one in fitting]

    def _tag(self, tag_id: int) -> Json:
        tag = self._tags[tag_id]
        return {**self.names.ids("tag", tag.id), "name": tag.name, "style_new": {"color": tag.color}}

    def _artifact(self, artifact_id: int) -> Json:
        found = self._artifacts[artifact_id]
        return {**self.names.ids("artifact", found.id), "file": file(found.content_type, found.file_name, found.byte_size)}
