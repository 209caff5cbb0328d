"""Parts on DevRev's wire: what may be asked of them and what they show."""

from __future__ import annotations

from ...domain.links import LINK_TYPES
from ...reference.notation import shape, table
from ..lists import CURSORS, PAGING, SORTING
from .works import NEVER, PART

_TYPES = "<product capability feature enhancement linkable runnable>"
_OBJECT = "id:CONV/TKT/ISS/PROD/CAPL/FEAT/ENH/LINKABLE/RUNNABLE/ACC/REV/DEVU/REVU"
# Filters of enhancements by what enhancements do not have here.
LATER_FILTERS = (
    "accounts", "actual_close_date", "actual_close_date_v2", "actual_start_date", "actual_start_date_v2", "opportunities",
    "rev_score_tier", "stage_v2", "state_v2", "tickets",
)  # fmt: skip

ID = f"id*  {PART}  The part."
LISTED = table("parts*  [part-full]  The parts.", CURSORS)
_NEVER = "\n".join(f"{name}  any  {NEVER}" for name in LATER_FILTERS)


def _shared(null: str) -> str:
    """What create and update both take; ``null`` marks what an update can clear."""
    return f"""
    artifacts                   any               {NEVER}
    code_inferred_surface_area  [text]            What the code of a linkable or runnable touches.
    code_repo_paths             text(..65536)     Where in the repository it lies.
    code_repo_url               text(..2048)      Its repository.
    custom_fields               object            Custom fields by wire name.
    custom_schema_fragments     any               {NEVER}
    custom_schema_spec          work-schema-spec  Which schemas its custom fields follow.
    description                 text(..65536)     What it is.
    stage_v2                    any               {NEVER}
    target_close_date           time{null}        When an enhancement is to be done.
    target_start_date           time{null}        When an enhancement is to be begun.
"""


CREATE = table(
    f"""
    type*        {_TYPES}             Its type.
    name*        text(1..256)         Its name.
    owned_by*    [id:DEVU](..100)     Who owns it.
    parent_part  [{PART}](..1)        What it is a part of; capabilities, features and enhancements need one.
    links        [part-link](..100)   Links that it begins with.
    stage_validation_options  [<allow_non_start>]  Enhancements have no stages yet.
    tags         [work-tag](..100)    Its tags.
    """,
    _shared(""),
)
UPDATE = table(
    f"""
    id*            {PART}          The part.
    type           {_TYPES}        Its type, as its id says.
    name           text(1..256)    Its name.
    owned_by       part-owners     Who owns it.
    release_notes  text(..32768)   What an enhancement brings.
    stage_validation_options  [<allow_invalid_transition>]  Enhancements have no stages yet.
    tags           part-tags       Its tags.
    """,
    _shared("?"),
)
LIST = table(
    f"""
    type              [{_TYPES}]     Of any of these types.
    created_by        [id:person]    Made by any of these.
    created_date_v2   date-filter    When it was made.
    custom_fields     {{[any]}}      Custom fields by wire name: any of the values. Each must exist and be filterable.
    enhancement       part-enhancement-filter  Enhancements that fit this; without `type`, enhancements only.
    modified_by       [id:person]    Last changed by any of these.
    modified_date_v2  date-filter    When it was last changed.
    name              [text]         With any of these names.
    owned_by          [id:person]    Owned by any of these.
    parent_part       part-parent-filter  Below any of these parts.
    subtype           [text]         Of any of these subtypes.
    tags              [id:TAG]       With any of these tags.
    """,
    PAGING,
    SORTING,
)

SHAPES = (
    shape(
        "part-full",
        "A part of the product.",
        f"""
        type*              {_TYPES}          Its type.
        id*                don               Its id.
        display_id         text              PROD-n, CAPL-n, FEAT-n ...
        name*              text              Its name.
        description        text              What it is.
        owned_by*          [user]            Who owns it.
        tags               [tag-with-value]  Its tags.
        custom_fields      object            Custom fields by wire name, as `tnt__tier`.
        subtype            text              Its subtype.
        target_close_date  time              When an enhancement is to be done.
        target_start_date  time              When an enhancement is to be begun.
        created_by         user              Who made it.
        created_date       time              When.
        modified_by        user              Who changed it last.
        modified_date      time              When.
        """,
    ),
    shape("part-owners", "Who owns it.", "set  [id:DEVU](..100)  Exactly these.", closed=True),
    shape("part-tags", "Its tags.", "set  [work-tag](..100)  Exactly these.", closed=True),
    shape(
        "part-link",
        "A link of the new part: it is the end that is not given.",
        f"""
        link_type*  <custom_link {" ".join(LINK_TYPES)}>  What the source is to the target; `custom_link` is not supported yet.
        source      {_OBJECT}  Where it goes from.
        target      {_OBJECT}  Where it goes to.
        """,
        closed=True,
    ),
    shape(
        "part-parent-filter",
        "Everything below some parts.",
        f"""
        parts*  [{PART}](1..)    The parts; they themselves are not meant.
        level   int32(1..10000)  How many levels down; all when absent.
        """,
        closed=True,
    ),
    shape(
        "part-time-range",
        "A range of time; both bounds belong to it.",
        """
        after   time  This time or later.
        before  time  This time or earlier.
        """,
        closed=True,
    ),
    shape(
        "part-enhancement-filter",
        "What enhancements must fit.",
        table(
            """
            target_close_date     part-time-range  Deprecated: the same as target_close_date_v2.
            target_close_date_v2  date-filter      When it is to be done.
            target_start_date     part-time-range  Deprecated: the same as target_start_date_v2.
            target_start_date_v2  date-filter      When it is to be begun.
            """,
            _NEVER,
        ),
        closed=True,
    ),
)
