"""What an operator's tools ask."""

from __future__ import annotations

from ..chatwoot.reference.api import CHATWOOT
from ..devrev.reference.api import DEVREV
from ..native.reference import NATIVE
from ..reference.notation import shape
from ..reference.operations import Answer, Api, Operation, parameters

_SHAPES = (
    shape(
        "alive",
        "The process answers.",
        """
        status*   "ok"   Always `ok`.
        version*  text   Parley's version.
        """,
    ),
    shape(
        "ready",
        "The database answers too.",
        """
        status*   "ready"  Always `ready`.
        version*  text     Parley's version.
        """,
    ),
    shape(
        "not-ready",
        "The database does not answer.",
        """
        status*  "unavailable"  Always `unavailable`.
        reason*  text           What is known of the cause.
        """,
    ),
)

HEALTH = Api(
    "Server",
    "server",
    "For load balancers, monitoring and tools. None of these needs a token.",
    (
        Operation(
            "GET",
            "/healthz",
            "healthz",
            "Is the process alive?",
            "Says nothing of the database, so a restart is not tried where it cannot help.",
            'curl -s "$PARLEY_URL/healthz"',
            (Answer(200, "Alive.", "alive"),),
            is_open=True,
        ),
        Operation(
            "GET",
            "/readyz",
            "readyz",
            "Can the server do its work?",
            "Asks the database too. Send traffic only while this answers 200.",
            'curl -s "$PARLEY_URL/readyz"',
            (Answer(200, "Ready.", "ready"), Answer(503, "The database does not answer.", "not-ready")),
            is_open=True,
        ),
        Operation(
            "GET",
            "/metrics",
            "metrics",
            "Counts and times for Prometheus",
            "Requests by method, route and status, and how long they took, in the text exposition format.",
            'curl -s "$PARLEY_URL/metrics"',
            (Answer(200, "Metrics.", None, media="text/plain"),),
            is_open=True,
        ),
        Operation(
            "GET",
            "/openapi.json",
            "openapi",
            "This description",
            "An OpenAPI 3.1 document of every route that this server answers, pages for browsers apart.",
            'curl -s "$PARLEY_URL/openapi.json"',
            (Answer(200, "The document.", "object"),),
            is_open=True,
        ),
    ),
    _SHAPES,
)

_FILE_REFUSALS = (
    Answer(403, "The link or the form has expired, or the form was changed.", "file-refusal"),
    Answer(404, "There is no such file, or the link is not one of ours.", "file-refusal"),
    Answer(500, "Our fault; the reason is in the server's log.", "file-refusal"),
    Answer(503, "The database or the blob store cannot be reached; try again.", "file-refusal"),
)

# The form that artifacts.prepare hands out, as curl reads it.
_UPLOAD_CURL = """\
curl -s -K <(curl -s "$PARLEY_URL/artifacts.prepare" \\
    -H "Authorization: $PARLEY_TOKEN" -H "Content-Type: application/json" -d '{"file_name": "note.txt"}' \\
    | python3 -c 'import json, sys
for one in json.load(sys.stdin)["form_data"]: print("form-string = \\"%(key)s=%(value)s\\"" % one)') \\
  -F "file=Hello" "$PARLEY_URL/devrev-uploads\""""

FILES = Api(
    "Files",
    "files",
    "Where files come in and go out. No token is asked: `artifacts.prepare` hands out the form of an upload, `artifacts.locate` and "
    "Chatwoot's `data_url` the link of a download, each signed for one file and for a while.",
    (
        Operation(
            "POST",
            "/devrev-uploads",
            "upload-file",
            "Bring a file",
            "A multipart/form-data body: first the fields of `form_data` as they were handed out, then the field `file`. Nothing of it can "
            "be seen before its end has arrived, and no version is ever overwritten.",
            _UPLOAD_CURL,
            (
                Answer(204, "The file is kept.", None, media="text/plain"),
                Answer(400, "Not such a form, or one that was not sent to its end.", "file-refusal"),
                *_FILE_REFUSALS[:2],
                Answer(409, "This version has arrived before.", "file-refusal"),
                Answer(413, "The file is too large.", "file-refusal"),
                *_FILE_REFUSALS[2:],
            ),
            is_open=True,
        ),
        Operation(
            "PUT",
            "/uploads/{tenant_id}/{attachment_id}/{version}",
            "upload-bytes",
            "Bring the bytes of a direct upload",
            "The body is the file itself, as it was announced to Chatwoot's `direct_uploads`: this URL is in that answer. Nothing of it "
            "can be seen before its end has arrived.",
            'curl -s -X PUT "$PARLEY_URL/uploads/$PARLEY_ACCOUNT/$PARLEY_ACCOUNT/1?size=5&checksum=...&type=...&expires=...&signature=..."'
            " \\\n  --data-binary Hello",
            (
                Answer(204, "The file is kept.", None, media="text/plain"),
                Answer(400, "The request was not sent to its end.", "file-refusal"),
                *_FILE_REFUSALS[:2],
                Answer(409, "The bytes have arrived before.", "file-refusal"),
                Answer(413, "The file is larger than announced.", "file-refusal"),
                Answer(422, "The bytes are not those that were announced.", "file-refusal"),
                *_FILE_REFUSALS[2:],
            ),
            (
                *parameters(
                    "path",
                    """
                    tenant_id*      text  The tenant's number.
                    attachment_id*  text  The file's number.
                    version*        text  The version.
                    """,
                ),
                *parameters(
                    "query",
                    """
                    size*       text  Bytes.
                    checksum*   text  Their MD5 in base64.
                    type*       text  Media type.
                    expires*    text  Until when the link works, in seconds since 1970.
                    signature*  text  Ours over all of these.
                    """,
                ),
            ),
            is_open=True,
        ),
        Operation(
            "GET",
            "/attachments/{tenant_id}/{attachment_id}/{file_name}",
            "download-file",
            "Fetch a file",
            "The whole file, or the range that a `Range` header asks for. Only pictures, sound and video are meant to be shown in a "
            "browser; everything else is to be saved.",
            'curl -s "$PARLEY_URL/attachments/$PARLEY_ACCOUNT/$PARLEY_ACCOUNT/$PARLEY_ACCOUNT?version=0&expires=...&signature=..."',
            (
                Answer(200, "The file.", None, media="application/octet-stream"),
                Answer(206, "The range.", None, media="application/octet-stream"),
                Answer(302, "The file is kept elsewhere; `Location` says where.", None, media="text/plain"),
                Answer(304, "It is as `If-None-Match` says.", None, media="text/plain"),
                *_FILE_REFUSALS[:2],
                Answer(416, "The file has no such range.", None, media="text/plain"),
                *_FILE_REFUSALS[2:],
            ),
            (
                *parameters(
                    "path",
                    """
                    tenant_id*      text  The tenant's number.
                    attachment_id*  text  The file's number.
                    file_name*      text  For people; the signature does not cover it.
                    """,
                ),
                *parameters(
                    "query",
                    """
                    version*    text  The version; 0 for the current one.
                    expires*    text  Until when the link works, in seconds since 1970.
                    signature*  text  Ours over all of these.
                    """,
                ),
            ),
            is_open=True,
        ),
    ),
    (shape("file-refusal", "Why not.", "message*  text  The reason."),),
)

APIS: tuple[Api, ...] = (DEVREV, CHATWOOT, NATIVE, FILES, HEALTH)
