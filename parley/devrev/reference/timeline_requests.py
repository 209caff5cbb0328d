"""What timeline-entries.* take, and the shapes inside."""

from __future__ import annotations

from ...reference.notation import shape, table
from ..lists import PAGING

_VISIBILITY = "<private internal external public>"
_BODY = """
    body_type      <text data snap_kit snap_widget>  What it is made of: `text` when absent. No snap_widget yet.
    labels         [text(1..64)](..16)  Labels.
    snap_kit_body  set-snap-kit   What a snap-in shows, kept as given.
"""
CREATE = table(
    f"""
    type*             "timeline_comment"  The only type that can be written.
    object*           id:CONV/COMMENT     The conversation, or the entry to answer.
    body              text(1..150000)     The text.
    artifacts         [id:ARTIFACT](..50)  Its files, uploaded before.
    visibility        {_VISIBILITY}       Who sees it: `external`, contacts too, when absent; an answer is as its entry.
    private_to        [id:DEVU/REVU/SVCACC](..100)  Who sees a private one beside its author.
    external_ref      text(1..512)        Your id for it; another message of the conversation may not have it.
    collections       [<discussions events>](..2)  Where it is listed: `discussions` when absent.
    expires_at        time                When it is gone, at least a minute from now.
    link_previews     [id:SNAP](..100)    Not supported yet.
    snap_widget_body  [id:SNAP](..100)    Not supported yet.
    """,
    _BODY,
)
UPDATE = table(
    """
    type           "timeline_comment"  The only type that can be changed.
    id*            id:COMMENT          The message.
    body           text(1..150000)     The text.
    artifacts      set-artifacts       Its files.
    external_ref   text(1..512)?       Your id for it; null takes it away.
    link_previews  set-link-previews   Not supported yet.
    """,
    _BODY,
)
LIST = table(
    f"""
    object*       id:CONV/COMMENT          The conversation, or an entry whose answers are wanted.
    collections   [<discussions events>]   In any of these: messages are discussions, changes are events, unless written otherwise.
    created_date  time-range               Written in this time.
    labels        [text(1..64)]            With any of these labels.
    panels        [<alerts broadcasts customer_chat discussions events>]  On any of these panels: what contacts see is customer_chat, other
                                           messages are discussions, changes are events, unless imported otherwise.
    visibility    [{_VISIBILITY}]          Of exactly any of these.
    """,
    PAGING,
)

SHAPES = (
    shape(
        "set-snap-kit",
        "What a snap-in shows.",
        """
        body                 object       Its JSON.
        snap_in_action_name  text(..512)  The action that answers to it.
        snap_in_id           text(..512)  The snap-in.
        """,
        closed=True,
    ),
    shape(
        "set-artifacts",
        "How the files change: `set`, or `add` and `remove`.",
        """
        set     [id:ARTIFACT](..50)  Exactly these.
        add     [id:ARTIFACT](..10)  These too.
        remove  [id:ARTIFACT](..10)  These no more: they are deleted.
        """,
        closed=True,
    ),
    shape(
        "set-link-previews",
        "Not supported yet.",
        """
        set     [id:SNAP](..100)  Exactly these.
        add     [id:SNAP](..100)  These too.
        remove  [id:SNAP](..100)  These no more.
        """,
        closed=True,
    ),
)
