"""artifacts.*: files, uploaded to and fetched from links of our own (contract 2.2)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from ..actions import files as actions
from ..actions.files import Prepared
from ..domain.principals import Ref
from ..domain.problems import InvalidId, InvalidValue, NotFound
from ..domain.signed_links import File
from ..reference.notation import shape, table
from ..store import files
from ..store.files import FileRow, Version
from . import dates
from .encode_people import People, file
from .endpoints import Call, Endpoint, Family, Json
from .lists import people_of, stamps

_MEDIA = re.compile(r"[\w.+!#$&^-]{1,127}/[\w.+!#$&^-]{1,127}( ?; ?[\w.+-]+=[\w.+\"-]+){0,4}", re.ASCII)
_CONFIGURATIONS = """
<article_media default email_media job_data marketplace_listing_icon marketplace_media org_logo plug_css plug_setting
plug_setting_banner_card portal_css snap_in_functions_code snap_widget user_profile_picture work>
"""


async def prepare(call: Call) -> Json:
    media = call.given.get("file_type")
    if media is not None and not _MEDIA.fullmatch(media):
        raise InvalidValue("file_type", "file_type is a media type such as image/png")
    name, configuration = call.given["file_name"], call.given.get("configuration_set", "default")
    made = await actions.prepare_file(call.context, call.principal, name, media, configuration)
    return {"id": call.names.don("artifact", made.attachment_id), **_upload(call, made)}


async def prepare_version(call: Call) -> Json:
    made = await actions.prepare_version(call.context, call.principal, call.given["id"].number)
    return {"id": call.names.don("artifact", made.attachment_id), **_upload(call, made)}


async def delete_version(call: Call) -> Json:
    number = _number(call.given["version"]) if "version" in call.given else None
    await actions.delete_version(call.context, call.principal, call.given["id"].number, number)
    return {}


async def get(call: Call) -> Json:
    row, version = await _find(call)
    people = await people_of(call, [row], [Ref.parse(version.created_by)] if version else [])
    shown: Json = {"artifact": _encode(call, row, people, version)}
    return shown | ({"version": _version(version, people)} if version else {})


async def list_artifacts(call: Call) -> Json:
    rows = await _of_parent(call)
    people = await people_of(call, rows)
    return {"artifacts": [_encode(call, row, people, None) for row in rows]}


async def locate(call: Call) -> Json:
    row, version = await _find(call)
    if version is None:
        if row.external_url is None:
            raise NotFound("the artifact's bytes have not arrived")
        return {"url": row.external_url}
    links = call.context.files.links
    expires_at = int(call.context.clock().timestamp()) + links.download_s
    path = links.download_path(File(call.tenant_id, row.id, version.number), row.file_name, expires_at)
    return {"url": _base(call) + path, "expires_at": dates.show(datetime.fromtimestamp(expires_at, UTC))}


def _upload(call: Call, made: Prepared) -> Json:
    file = File(call.tenant_id, made.attachment_id, made.version)
    fields = call.context.files.links.upload_fields(file, made.content_type, call.context.clock())
    return {"url": f"{_base(call)}/devrev-uploads", "form_data": [{"key": key, "value": value} for key, value in fields.items()]}


def _base(call: Call) -> str:
    return call.context.public_url or str(call.exchange.request.base_url).rstrip("/")


async def _find(call: Call) -> tuple[FileRow, Version | None]:
    """The file that is asked for with the version asked for, or the current one. Raises NotFound."""
    number = call.given["id"].number
    row = (await files.get_files(call.connection, call.principal, [number])).get(number)
    if row is None:
        raise NotFound("no such artifact")
    wanted = _number(call.given["version"]) if "version" in call.given else row.current_version
    version = await files.get_version(call.connection, call.tenant_id, row.id, wanted) if wanted else None
    if version is None and "version" in call.given:
        raise NotFound("no such version of this artifact")
    return row, version


def _number(text: str) -> int:
    """Raises NotFound for what names no version."""
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text, re.ASCII):
        raise NotFound("no such version of this artifact")
    return int(text)


async def _of_parent(call: Call) -> list[FileRow]:
    """Raises InvalidId for a parent that is not there or that the caller may not see."""
    parent = call.given.get("parent_id")
    if parent is None:
        return await files.list_unattached(call.connection, call.tenant_id, call.principal.ref)
    is_conversation = parent.type == "conversation"
    can_see = files.can_see_conversation if is_conversation else files.can_see_entry
    if not await can_see(call.connection, call.principal, parent.number):
        raise InvalidId("parent_id", "parent_id: no such object")
    of_parent = files.list_files_of_conversation if is_conversation else files.list_files_of_entry
    return await of_parent(call.connection, call.principal, parent.number)


def _encode(call: Call, row: FileRow, people: People, version: Version | None) -> Json:
    size = version.byte_size if version else row.byte_size
    name = row.file_name if row.file_name is not None else row.fallback_title
    return {**call.names.ids("artifact", row.id), "file": file(row.content_type, name, size), **stamps(row, people)}


def _version(version: Version, people: People) -> Json:
    by = Ref.parse(version.created_by)
    return {"version": str(version.number), "timestamp": dates.show(version.stored_at), "modified_by": people.person(by.kind, by.id)}


_ID = "id*  id:ARTIFACT  The artifact."
_ASKED = table(_ID, "version  text  Which version; the current one when absent.")
_UPLOAD = """
    url*        text  Where the form with the file goes, by POST; it answers 204.
    form_data*  [artifact-form-field]  The form's other fields. They come before the field `file`.
"""
_MAY = "Who uploaded it and administrators may."

FAMILY = Family(
    endpoints=(
        Endpoint(
            "/artifacts.prepare",
            prepare,
            "Prepare an upload",
            table(
                "file_name*  text(1..512)  The file's name.",
                "file_type  text(..255)  Its media type; told from the name when absent.",
                f"configuration_set  {' '.join(_CONFIGURATIONS.split())}  What it is for; kept.",
            ),
            table("id*  don  The new artifact.", _UPLOAD),
            text="Makes an artifact without bytes and the form that brings them. One that nothing is attached to within a day is deleted.",
            example={"file_name": "photo.png", "file_type": "image/png"},
            is_write=True,
            access="everybody",
        ),
        Endpoint(
            "/artifacts.get",
            get,
            "Get an artifact",
            _ASKED,
            "artifact*  artifact-full  The artifact.\nversion  artifact-version  The version, where bytes have arrived.",
            example={"id": "ARTIFACT-4"},
            access="everybody",
            refuses=(404,),
        ),
        Endpoint(
            "/artifacts.list",
            list_artifacts,
            "List artifacts",
            "parent_id  id:CONV/COMMENT/EVENT  What they are attached to; your own that nothing has yet when absent.",
            "artifacts*  [artifact-full]  The artifacts.",
            example={"parent_id": "CONV-1"},
            access="everybody",
        ),
        Endpoint(
            "/artifacts.locate",
            locate,
            "Get a link to an artifact's bytes",
            _ASKED,
            "url*  text  The link; it needs no token.\nexpires_at  time  Until when it works; absent for a file that is kept elsewhere.",
            example={"id": "ARTIFACT-4"},
            access="everybody",
            refuses=(404,),
        ),
        Endpoint(
            "/artifacts.versions.prepare",
            prepare_version,
            "Prepare an upload of a new version",
            _ID,
            table("id*  don  The artifact.", _UPLOAD),
            text=f"The artifact stays as it is until the bytes have arrived. {_MAY}",
            example={"id": "ARTIFACT-4"},
            is_write=True,
            access="everybody",
            refuses=(404,),
        ),
        Endpoint(
            "/artifacts.versions.delete",
            delete_version,
            "Delete a version",
            _ASKED,
            "",
            text=f"For good. The version before it becomes the current one. {_MAY}",
            example={"id": "ARTIFACT-4", "version": "1"},
            is_write=True,
            access="everybody",
            refuses=(404,),
        ),
    ),
    shapes=(
        shape(
            "artifact-full",
            "A file.",
            """
            id*            don   Its id.
            display_id     text  Its short id.
            file           file  Its name and size.
            created_by     user  Who prepared it.
            created_date   time  When.
            modified_by    user  Who brought or deleted bytes last.
            modified_date  time  When.
            """,
        ),
        shape(
            "artifact-version",
            "A version of a file.",
            """
            version*     text  Its number, from 1.
            timestamp*   time  When its bytes arrived.
            modified_by  user  Who prepared it.
            """,
        ),
        shape("artifact-form-field", "A field of the form.", "key*  text  Its name.\nvalue*  text  Its value."),
    ),
)
