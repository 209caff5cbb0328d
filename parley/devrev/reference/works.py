"""Tickets and issues on DevRev's wire: what may be asked of them and what they show."""

from __future__ import annotations

from ...reference.notation import Union, shape, table

PART = "id:PROD/CAPL/FEAT/ENH/LINKABLE/RUNNABLE"
_OWNER = "id:DEVU/SVCACC"
_REPORTER = "id:DEVU/REVU/SVCACC"
_PRIORITY = "<p0 p1 p2 p3>"
_SEVERITY = "<blocker high medium low>"
_CHANNEL = "<email plug slack twilio twilio_sms>"
NEVER = "Not supported yet: refused by name."

FILTERS = f"""
    type               [<issue opportunity task ticket>]  Of any of these types; `opportunity` and `task` are not supported yet.
    actual_close_date  date-filter         When it was closed.
    applies_to_part    [{PART}]            About any of these parts.
    created_by         [id:person]         Made by any of these.
    created_date       date-filter         When it was made.
    custom_fields      {{[any]}}           Custom fields by wire name, as `tnt__tier`: any of the values. Each must exist and be filterable.
    external_ref       [text]              With any of these ids of yours.
    issue              work-issue-filter   Issues among the answer must fit this; without `type`, only kinds that are filtered are meant.
    modified_by        [id:person]         Last changed by any of these.
    modified_date      date-filter         When it was last changed.
    opportunity        any                 {NEVER}
    owned_by           [id:person]         Owned by any of these.
    reported_by        [id:person]         Reported by any of these.
    stage              work-stage-filter   In any of these stages.
    staged_info        any                 {NEVER}
    state              [text]              In any of these states: open, in_progress, closed.
    sync_metadata      any                 {NEVER}
    tags               [id:TAG]            With any of these tags.
    target_close_date  date-filter         When it is to be closed.
    ticket             work-ticket-filter  Tickets among the answer must fit this; without `type`, only kinds that are filtered are meant.
    vista              any                 {NEVER}
"""


def _shared(null: str) -> str:
    """What create and update both take; ``null`` marks what an update can clear."""
    return f"""
    artifacts         any                  {NEVER}
    body              text(..65536)        What it is about, in full.
    custom_fields     object               Custom fields by wire name.
    custom_schema_fragments  any           {NEVER}
    custom_schema_spec  work-schema-spec   Which schemas its custom fields follow.
    priority          {_PRIORITY}          An issue's priority.
    priority_v2       int(1..4)            An issue's priority, 1 for P0.
    group             id:GROUP{null}       A ticket's group.
    is_spam           bool                 Whether a ticket is spam.
    needs_response    bool                 Whether a ticket waits for an answer.
    rev_org           id:REV{null}         A ticket's rev org; brings its account along.
    account           id:ACC{null}         A ticket's account.
    channels_v2       [id:CHAN](..20)      The channels that a ticket runs over.
    severity          {_SEVERITY}          A ticket's severity.
    source_channel_v2  id:CHAN{null}       The channel that a ticket came in by.
    sprint            any                  {NEVER}
    target_start_date  time{null}          When an issue is to be begun.
    target_close_date  time{null}          When it is to be closed.
    visibility        int(1..2)            A ticket's: 1 internal, 2 external.
"""


CREATE = table(
    f"""
    type*             <issue opportunity task ticket>  `opportunity` and `task` are not supported yet.
    title*            text(1..256)         Its title.
    applies_to_part*  {PART}               The part that it is about.
    channels          [{_CHANNEL}]         The kinds of channels that a ticket runs over.
    developed_with    [{PART}](..8)        The parts that an issue is developed with.
    external_ref      text(1..512)         Your id for it; no other work may have it.
    owned_by*         [{_OWNER}](..100)    Who owns it.
    reported_by       [{_REPORTER}](..100)  Who reported it.
    source_channel    text(..256)          Where a ticket came from, in a word.
    stage             work-stage-init      Its stage; `queued` for a ticket and `triage` for an issue when absent.
    stage_validation_options  [<allow_non_start>]  No stage diagram applies to works yet: any stage will do.
    tags              [work-tag](..100)    Its tags.
    """,
    _shared(""),
)
UPDATE = table(
    f"""
    id*               id:TKT/ISS           The work.
    type              <issue opportunity task ticket>  Its type, as its id says.
    title             text(1..256)         Its title.
    applies_to_part   {PART}               The part that it is about.
    channels          work-channels        The kinds of channels that a ticket runs over.
    developed_with    work-parts           The parts that an issue is developed with.
    is_archived       any                  {NEVER}
    is_frozen         bool                 Whether a ticket refuses changes.
    owned_by          work-owners          Who owns it.
    reported_by       work-reporters       Who reported it.
    sentiment         int(1..5)            How a ticket's customer feels, 1 Delighted to 5 Frustrated.
    sentiment_modified_date  time          When that was found; now when absent.
    sentiment_summary  text(..65536)       Why.
    stage             work-stage-update    Its stage.
    stage_validation_options  [<allow_invalid_transition>]  No stage diagram applies to works yet: any transition will do.
    staged_info       any                  {NEVER}
    tags              work-tags            Its tags.
    """,
    _shared("?"),
)

REQUESTS = (
    shape(
        "work-stage-filter",
        "Stages by name.",
        f"""
        name    [text]  Any of these names.
        stages  any     {NEVER}
        """,
        closed=True,
    ),
    shape(
        "work-issue-filter",
        "What issues must fit.",
        f"""
        accounts           any                 {NEVER}
        actual_start_date  date-filter         When work on it began.
        group              any                 {NEVER}
        priority           [{_PRIORITY}]       Of any of these priorities.
        priority_v2        [int64]             Of any of these priorities, 1 for P0.
        rev_orgs           any                 {NEVER}
        sla_summary        any                 {NEVER}
        sprint             any                 {NEVER}
        subtype            [text]              Of any of these subtypes.
        target_start_date  date-filter         When it is to be begun.
        """,
        closed=True,
    ),
    shape(
        "work-ticket-filter",
        "What tickets must fit.",
        f"""
        account            [id:ACC]        Of any of these accounts.
        brand              any             {NEVER}
        channels           [{_CHANNEL}]    Over any of these kinds of channels.
        channels_v2        [id:CHAN]       Over any of these channels.
        group              [id:GROUP]      Owned by any of these groups.
        is_frozen          bool            Frozen, or not.
        is_spam            bool            Spam, or not.
        needs_response     bool            Waiting for an answer, or not.
        rev_org            [id:REV]        Of any of these rev orgs.
        severity           [{_SEVERITY}]   Of any of these severities.
        sla_summary        any             {NEVER}
        source_channel     [text]          Came from any of these.
        source_channel_v2  [id:CHAN]       Came in by any of these channels.
        subtype            [text]          Of any of these subtypes.
        surveys            any             {NEVER}
        visibility         [int64]         1 internal, 2 external.
        """,
        closed=True,
    ),
    shape(
        "work-stage-init",
        "A stage.",
        f"""
        id    any   {NEVER}
        name  text  Its name.
        """,
        closed=True,
    ),
    shape(
        "work-stage-update",
        "A stage.",
        f"""
        name   text  Its name.
        stage  any   {NEVER}
        """,
        closed=True,
    ),
    shape("work-owners", "Who owns it.", f"set  [{_OWNER}](..100)  Exactly these.", closed=True),
    shape("work-reporters", "Who reported it.", f"set  [{_REPORTER}](..100)  Exactly these.", closed=True),
    shape("work-channels", "The kinds of channels of a ticket.", f"set  [{_CHANNEL}]  Exactly these.", closed=True),
    shape("work-parts", "The parts that an issue is developed with.", f"set  [{PART}](..8)  Exactly these.", closed=True),
    shape(
        "work-tag",
        "A tag, with a value where it has values.",
        """
        id*    id:TAG  The tag.
        value  text    One of the tag's allowed values.
        """,
        closed=True,
    ),
    shape("work-untag", "A tag.", "id*  id:TAG  The tag.", closed=True),
    shape(
        "work-tags",
        "How the tags change: `set` replaces all, then `add`, then `remove`.",
        """
        set     [work-tag](..100)    Exactly these.
        add     [work-tag](..100)    These too.
        remove  [work-untag](..100)  These no more.
        """,
        closed=True,
    ),
    shape(
        "work-schema-spec",
        "Which schemas the custom fields follow.",
        """
        apps                      [text](..100)     Apps whose fields it has.
        drop                      work-schema-drop  Schemas that it has no more.
        subtype                   text(1..256)      Its subtype.
        tenant_fragment           bool              Whether it has the dev org's own fields.
        validate_required_fields  bool              Whether required fields must be there.
        """,
        closed=True,
    ),
    shape(
        "work-schema-drop",
        "Schemas that it has no more.",
        """
        apps     [text](..100)  These apps' fields.
        subtype  bool           Its subtype.
        """,
        closed=True,
    ),
)

_WORK = """
    id*                 don               Its id.
    display_id*         text              TKT-n or ISS-n.
    title*              text              Its title.
    body                text              What it is about, in full.
    applies_to_part     part              The part that it is about.
    owned_by*           [user]            Who owns it.
    reported_by         [user]            Who reported it.
    stage               work-stage        Its stage.
    state_display_name  text              Its state, for people.
    tags                [tag-with-value]  Its tags.
    external_ref        text              Your id for it.
    custom_fields       object            Custom fields by wire name, as `tnt__tier`.
    subtype             text              Its subtype.
    target_close_date   time              When it is to be closed.
    actual_close_date   time              When it was closed.
    created_by          user              Who made it.
    created_date        time              When.
    modified_by         user              Who changed it last.
    modified_date       time              When.
"""
SHAPES = (
    Union("work-full", "A ticket or an issue.", "type", {"ticket": "ticket-full", "issue": "issue-full"}),
    shape(
        "ticket-full",
        "A ticket: what a customer asks for.",
        table(
            f"""
            type*                    "ticket"        Says that it is a ticket.
            account                  organization    The account that it belongs to.
            rev_org                  organization    The rev org that it belongs to.
            group                    group           The group that owns it.
            channels                 [{_CHANNEL}]    The kinds of channels that it runs over.
            channels_v2              [channel]       The channels that it runs over.
            source_channel           text            Where it came from, in a word.
            source_channel_v2        channel         The channel that it came in by.
            severity                 {_SEVERITY}     Its severity.
            is_spam                  bool            Whether it is spam.
            is_frozen                bool            Whether it refuses changes.
            needs_response           bool            Whether it waits for an answer.
            visibility               enum-value      internal or external.
            sentiment                enum-value      How the customer feels.
            sentiment_modified_date  time            When that was found.
            sentiment_summary        text            Why.
            """,
            _WORK,
        ),
    ),
    shape(
        "issue-full",
        "An issue: what is to be built or mended.",
        table(
            f"""
            type*              "issue"       Says that it is an issue.
            priority           {_PRIORITY}   Its priority.
            priority_v2        enum-value    The same as a number, 1 for P0.
            developed_with     [part]        The parts that it is developed with.
            target_start_date  time          When it is to be begun.
            actual_start_date  time          When work on it began.
            """,
            _WORK,
        ),
    ),
    shape(
        "work-stage",
        "A work's stage and the state of that.",
        """
        name*    text       Its name.
        ordinal  int32      Its place among the stages.
        state    state-ref  Its state.
        """,
    ),
)
