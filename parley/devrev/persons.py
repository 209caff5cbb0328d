"""What the full shapes of dev users, service accounts and system users have in common."""

from __future__ import annotations

from ..reference.notation import shape, table
from .dates import Preset, Range
from .endpoints import Call, Json

PERSON = """
    id*              don       Their id.
    display_id       text      Their short id.
    display_name     text      The name shown.
    display_picture  artifact  Their picture.
    email            text      E-mail address.
    full_name        text      Their whole name.
    state            <active deactivated deleted locked shadow unassigned>  Whether they can act.
    created_by       user      Who made it.
    created_date     time      When.
    modified_by      user      Who changed it last.
    modified_date    time      When.
"""
SHAPES = (
    shape(
        "dev-user-full",
        "A dev user: somebody who answers.",
        table(
            PERSON,
            """
            custom_fields          object  Custom fields by wire name.
            experience_start_date  time    When they began.
            external_identities    [identity]  Who they are elsewhere.
            job_history            [held-job]  Their jobs.
            job_title              text    What they do.
            phone_numbers          [text]  Phone numbers.
            reports_to             user    Whom they report to.
            subtype                text    Their subtype.
            timezone               text    Their time zone, as `Europe/Rome`.
            """,
        ),
    ),
    shape(
        "identity",
        "Who a dev user is elsewhere.",
        """
        issuer        text  Where it is from.
        id            text  Their id there.
        display_name  text  What they are called there.
        """,
    ),
    shape("identity-filter", "An identity elsewhere.", "id  text  The id there.\nissuer  text  Where it is from.", closed=True),
    shape(
        "held-job",
        "A job that somebody had or has.",
        """
        title       text  What they did.
        location    text  Where.
        is_current  bool  Whether they still do.
        start_date  time  From when.
        end_date    time  Until when.
        """,
    ),
    shape(
        "job-history-input",
        "A job that somebody had or has.",
        """
        title       text(..256)  What they did.
        location    text(..256)  Where.
        is_current  bool   Whether they still do.
        start_date  time   From when.
        end_date    time   Until when.
        employment_status  int64  Not supported yet.
        """,
        closed=True,
    ),
    shape(
        "dev-user-schema-spec",
        "What a write says about the schemas of a dev user.",
        """
        apps                      [text]  Apps whose fields it speaks of.
        drop                      dev-user-schema-drop  What is taken off.
        subtype                   text    Their subtype from now on.
        tenant_fragment           bool    Whether it speaks of the dev org's own fields.
        validate_required_fields  bool    Whether required fields must have a value.
        """,
        closed=True,
    ),
    shape(
        "dev-user-schema-drop",
        "Schemas that are taken off a dev user.",
        """
        apps     [text]  Apps.
        subtype  bool    The subtype.
        """,
        closed=True,
    ),
)


def bounds(call: Call, name: str, asked: Range | Preset | None) -> Json:
    """``created_after`` and ``created_before`` of a date filter; empty where none was given."""
    if asked is None:
        return {}
    found = asked.range(call.context.clock())
    return {f"{name}_after": found.after, f"{name}_before": found.before}


def without_type(summary: Json) -> Json:
    """A summary's keys for a full shape, which has no ``type``."""
    return {key: value for key, value in summary.items() if key != "type"}
