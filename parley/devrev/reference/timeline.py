"""Timeline entries on DevRev's wire: messages and changes, key by key."""

from __future__ import annotations

from ...reference.notation import Union, shape

_ENTRY = """
        id*                don    Its DON.
        display_id*        text   COMMENT-n or EVENT-n.
        created_by*        user   Who wrote it.
        created_date*      time   When.
        modified_by*       user   Who last changed it.
        modified_date*     time   When it was last changed.
        body               text   The words: a message, absent once it is deleted, or a change in one sentence.
        object*            don    The conversation, or the entry that it answers.
        object_display_id*  text   CONV-n or COMMENT-n.
        object_type*       <conversation timeline_comment>  What it belongs to.
        visibility*        <private internal external public>  Who sees it: author and named people, agents, contacts too, everybody.
        external_ref       text   Your id for it.
        labels             [text]  Labels.
        panels             [text]  Where it is shown.
        reactions          [reaction]  Emoji under it.
        sync_metadata      sync-metadata  Where it was imported from.
        thread             thread  The answers to it.
"""

TIMELINE = (
    Union(
        "entry",
        "A timeline entry: a message or a change.",
        "type",
        {"timeline_comment": "comment", "timeline_change_event": "change-event"},
    ),
    shape(
        "comment",
        "A message.",
        """
        type*             "timeline_comment"  Says that this is a message.
        body_type         <text data snap_kit snap_widget>  What it is made of.
        artifacts         [artifact]  Its files.
        references        [object]    What it points to.
        snap_kit_body     object      What a snap-in shows.
        snap_widget_body  [object]    Widgets.
        """
        + _ENTRY,
    ),
    shape(
        "change-event",
        "A change of the conversation.",
        """
        type*   "timeline_change_event"  Says that this is a change.
        event*  event  What changed.
        """
        + _ENTRY,
    ),
    shape(
        "event",
        "What changed. The key named like `type` tells more, where there is more to tell.",
        """
        type*    <annotated created deleted linked updated>  What happened.
        created  created-object  What was made.
        deleted  deleted-object  What was deleted.
        linked   linked-objects  What was linked.
        updated  updated-fields  Which fields changed.
        """,
    ),
    shape(
        "created-object",
        "What was made.",
        """
        object*  object  Its `type`, `id`, `display_id` and what else was kept of it.
        """,
    ),
    shape(
        "deleted-object",
        "What was deleted.",
        """
        object_id  don  Its DON.
        """,
    ),
    shape(
        "linked-objects",
        "What was linked.",
        """
        link  object  Its `link_type`, `source` and `target`.
        """,
    ),
    shape(
        "updated-fields",
        "Which fields changed.",
        """
        object_type*   "conversation"  What they belong to.
        field_deltas*  [field-delta]   Each of them.
        """,
    ),
    shape(
        "field-delta",
        "One field that changed.",
        """
        name*              text              The field.
        old_value          field-value       What it was; absent for nothing.
        new_value          field-value       What it is now; absent for nothing.
        field_descriptor*  field-descriptor  What kind of field it is.
        """,
    ),
    shape(
        "field-value",
        "A value with its type, which says where the value stands.",
        """
        type*   text      bool, int, double, string, date, date_time, id, stage, tag_summary, composite, or one of these with `_list`.
        value   any       A single value.
        values  [any]     The values of a list.
        fields  {any}     A composite's values by field.
        name    text      A stage's or tag's name.
        notes   text      A stage's notes.
        tag_id  don       A tag.
        style   any       A tag's colour.
        """,
    ),
    shape(
        "field-descriptor",
        "A kind of field. Stock fields tell little; custom ones everything that defines them.",
        """
        name*           text    Its name.
        field_type*     text    text, bool, enum, uenum, int, double, id, array, timestamp ...
        base_type       text    What an array holds.
        id_type         [text]  What its ids may name.
        allowed_values  [any]   What it may be.
        default_value   any     What it is at first.
        description     text    What it is for.
        is_filterable   bool    Whether lists can ask for it.
        is_immutable    bool    Whether it stays as it was first set.
        is_pii          bool    Whether it tells of a person.
        is_required     bool    Whether it must be set.
        mfz             object  Kept as it came.
        oasis           object  Kept as it came.
        origin          text    Where its definition came from.
        ui              object  How clients show it.
        composite_type  text    The composite type that it holds.
        contains        text    A text that its texts hold.
        prefix          text    What its texts begin with.
        suffix          text    What its texts end with.
        pattern         text    A regular expression that its texts match.
        eq_len          int64   The length of its texts.
        min_len         int64   The least length of its texts.
        max_len         int64   The greatest length of its texts.
        gt              int64   What its numbers are above.
        gte             int64   The least of its numbers.
        lt              int64   What its numbers are below.
        lte             int64   The greatest of its numbers.
        eq_items        int64   How many items an array has.
        min_items       int64   How many it has at least.
        max_items       int64   How many it has at most.
        is_overridable  bool    Kept as it came.
        translated_values  {text}  The allowed values in another language.
        """,
    ),
    shape(
        "reaction",
        "One emoji under an entry.",
        """
        emoji*        text   Its code point, as `1f44d`.
        reacted*      bool   Whether the caller is among them.
        total_users*  int32  How many gave it.
        """,
    ),
    shape(
        "thread",
        "The answers to an entry.",
        """
        total_replies*  int32  How many.
        """,
    ),
)
