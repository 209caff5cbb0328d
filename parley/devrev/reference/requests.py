"""What DevRev's endpoints may be asked. Bodies are closed: an unknown field is a 400."""

from __future__ import annotations

from ...reference.notation import Union, shape
from ...reference.operations import parameters

_FILTERS = """
    account               [id:ACC]        Of any of these accounts.
    actual_close_date     date-filter     When it was closed.
    applies_to_parts      [id:PROD/CAPL/FEAT/ENH/LINKABLE/RUNNABLE]  About any of these parts.
    brand                 [id:BRAND]      Of any of these brands.
    channels              [id:CHAN]       Over any of these channels.
    custom_fields         {[any]}         Custom fields by wire name, as `tnt__tier`: any of the values. Each must exist and be filterable.
    group                 [id:GROUP]      Owned by any of these groups.
    is_creator_verified   bool            Opened by a contact whose identity is verified.
    is_frozen             bool            Frozen, or not.
    is_spam               bool            Spam, or not.
    members               [id:person]     Any of these takes part.
    modified_date         time-range      When it was last changed.
    owned_by              [id:person]     Owned by any of these.
    owned_by_agent        [id:AGENT]      Owned by any of these AI agents.
    rev_org               [id:REV]        Deprecated: the same as rev_orgs.
    rev_orgs              [id:REV]        Of any of these workspaces.
    sla_summary           sla-filter      By service level.
    source_channel        [text]          Came from any of these.
    source_channel_v2     [id:CHAN]       Came in by any of these channels.
    source_channels       [text]          Deprecated: the same as source_channel.
    stage                 stage-filter    In any of these stages.
    state                 [text]          In any of these states: open, in_progress, closed or one of yours.
    subtype               [text]          Of any of these subtypes.
    tags                  [id:TAG]        Deprecated: with any of these tags.
    tags_v2               [tag-filter]    With any of these tags, or tags with a value.
"""
_SORTS = "<modified_date:desc modified_date:asc created_date:desc created_date:asc>"
_LIST = f"""
    cursor    text           Where to go on: a `next_cursor` or `prev_cursor` of the same request.
    limit     int32(1..1000)  How many conversations at most; 50 when absent.
    mode      <after before>  After the cursor (or from the start), or before it (or from the end). The order stays the same.
    sort_by   [{_SORTS}](..1)  The order; `modified_date:desc` when absent. The number breaks ties.
"""
_EXPORT = """
    cursor    text            Where to go on, for clients that page an export.
    first     int32(1..5000)  How many conversations at most; 50 when absent.
    limit     int32(1..5000)  Another spelling of first, which some clients use.
"""
# What a query string can say; the closing date and the service level's target need a body.
_QUERY_FILTERS = """
    modified_date.after   time            Changed at this time or later.
    modified_date.before  time            Changed at this time or earlier.
    sla_summary.stage     [<breached completed paused running warning>]  Service level in any of these stages.
    stage.name            [text]          In any of these stages.
    stage.stages          [id:STAGE]      In any of these stages, by id.
    tags_v2.id            id:TAG          With this tag.
    tags_v2.value         text            With this value of the tag, or of any tag.
    custom_fields         {text}          `custom_fields[tnt__tier]=gold,silver`: any of the values.
"""
_BODY_ONLY = ("actual_close_date", "modified_date", "sla_summary", "stage", "tags_v2", "custom_fields")


def _query(own: str) -> str:
    plain = [line for line in _FILTERS.splitlines() if line.strip() and line.split()[0] not in _BODY_ONLY]
    return "\n".join([*own.splitlines(), *plain, *_QUERY_FILTERS.splitlines()])


HEADERS = parameters(
    "header",
    """
    X-Devrev-Version  text    The date of an API release, as `2024-01-24`. Any is answered alike.
    X-Parley-Tenant   text    Which dev org is meant, by number or slug, for a token whose user belongs to several.
    """,
)
SCOPE = parameters(
    "header", "X-Devrev-Scope  text  `beta`: among `messages` changes too, not only what was written. An export always has them."
)
ONCE = parameters(
    "header",
    "Idempotency-Key  text(1..255)  Your name for this request: asked again within a day, it is done once and answered as before."
    " Refused where the answer holds a secret, as a new token's or a webhook's, because it would have to be kept.",
)
LIST_QUERY = parameters("query", _query(_LIST))
EXPORT_QUERY = parameters("query", _query(_EXPORT))

_WHICH = "Which conversations. Fields are joined by AND, the values in one by OR."

REQUESTS = (
    shape("list-request", _WHICH, _LIST + _FILTERS, closed=True),
    shape("export-request", _WHICH, _EXPORT + _FILTERS, closed=True),
    Union("date-filter", "A range of time, or days counted from now.", "type", {"range": "date-range", "preset": "date-preset"}),
    shape(
        "date-range",
        "A range of time; both bounds belong to it.",
        """
        type*   "range"  Says that this is a range.
        after   time     This time or later.
        before  time     This time or earlier.
        """,
        closed=True,
    ),
    shape(
        "date-preset",
        "Days counted from now. While a list is paged, now stays that of the first page.",
        """
        type*         "preset"  Says that this is a preset.
        preset_type*  <last_n_days next_n_days>  Backwards or forwards.
        days*         int64(0..4294967295)  How many days.
        """,
        closed=True,
    ),
    shape(
        "time-range",
        "A range of time; both bounds belong to it. A bound given in milliseconds covers that whole millisecond.",
        """
        after   time  This time or later.
        before  time  This time or earlier.
        """,
        closed=True,
    ),
    shape(
        "sla-filter",
        "Service level: its stage and its next target.",
        """
        stage        [<breached completed paused running warning>]  In any of these stages.
        target_time  date-filter  When the next target is due.
        """,
        closed=True,
    ),
    shape(
        "stage-filter",
        "Stages by name or id. Both together: either fits.",
        """
        name    [text]      Any of these names: new, suspended, needs_response, waiting_on_user, hold, resolved, archived or yours.
        stages  [id:STAGE]  Any of these ids.
        """,
        closed=True,
    ),
    shape(
        "tag-filter",
        "A tag, a tag with a value, or a value alone.",
        """
        id     id:TAG  The tag.
        value  text    The value.
        """,
        closed=True,
    ),
)
