"""What conversations.create and .update take, and the shapes inside."""

from __future__ import annotations

from ...reference.notation import shape, table

_SHARED = """
    title               text(..256)         Its title.
    description         text(..65536)       What it is about.
    brand               id:BRAND            The brand that it is about.
    group               id:GROUP            The group that owns it.
    is_spam             bool                Whether it is spam.
    metadata            metadata-input      Where it was opened.
    source_channel_v2   id:CHAN             The channel that it came in by.
    custom_fields       object              Custom fields by wire name, as `tnt__tier`; null takes one away.
    custom_schema_spec  custom-schema-spec  Which schemas its custom fields follow.
"""
CREATE = table(
    """
    type*           "support"                The only type there is.
    members         [id:person](..100)       Who takes part; the first contact is whose conversation it is.
    owned_by        [id:DEVU/SVCACC](..100)  Who owns it; the first user is the assignee.
    owned_by_agent  id:AGENT                 The AI agent that owns it.
    account         id:ACC                   Whose it is; that of the contact when absent.
    tags            [set-tag](..100)         Its tags.
    channels        [id:CHAN](..20)          Channels beside its own.
    source_channel  text(..64)               Where it came from, in a word.
    stage           set-first-stage          Its stage.
    messages        [first-message](..100)   Its first messages, oldest first.
    """,
    _SHARED,
)
UPDATE = table(
    """
    id*                      id:CONV        The conversation.
    account                  id:ACC?        Whose it is; its workspace goes with it. Null: nobody's.
    applies_to_parts         set-parts      The parts that it is about.
    channels                 set-channels   Channels beside its own.
    is_frozen                bool           Whether it refuses changes.
    members                  set-members    Who takes part.
    owned_by                 set-owners     Who owns it.
    owned_by_agent           id:AGENT?      The AI agent that owns it. Null: none.
    sentiment                int64(1..5)    How the contact feels: 1 delighted, 2 happy, 3 neutral, 4 unhappy, 5 frustrated.
    sentiment_modified_date  time           When that was found; now when absent.
    sentiment_summary        text(..65536)  Why.
    stage                    set-stage      Its stage.
    status                   text(1..64)    Chatwoot's word for its stage: open, pending, snoozed or resolved. Instead of a stage.
    tags                     set-tags       Its tags.
    """,
    _SHARED,
)

SHAPES = (
    shape(
        "set-first-stage",
        "A stage.",
        """
        id    id:STAGE    Its id.
        name  text(1..64)  Its name, where no id is given.
        """,
        closed=True,
    ),
    shape(
        "set-stage",
        "A stage.",
        """
        stage  id:STAGE    Its id.
        name   text(1..64)  Its name, where no id is given.
        """,
        closed=True,
    ),
    shape(
        "metadata-input",
        "Where a conversation was opened.",
        """
        url_context  text(..2048)  The page.
        """,
        closed=True,
    ),
    shape(
        "set-tag",
        "A tag, with a value where it has values.",
        """
        id*    id:TAG  The tag.
        value  text    One of the tag's allowed values.
        """,
        closed=True,
    ),
    shape(
        "set-tags",
        "How the tags change: `set` replaces all, then `add`, then `remove`.",
        """
        set     [set-tag](..100)  Exactly these.
        add     [set-tag](..100)  These too.
        remove  [set-tag](..100)  These no more, whatever their value.
        """,
        closed=True,
    ),
    shape(
        "set-owners",
        "Who owns the conversation.",
        """
        set  [id:DEVU/SVCACC](..100)  Exactly these; the first user is the assignee. None: nobody.
        """,
        closed=True,
    ),
    shape(
        "set-members",
        "Who takes part.",
        """
        set  [id:person](..100)  Exactly these, a contact among them. Without the present contact the first one named takes the place.
        """,
        closed=True,
    ),
    shape(
        "set-channels",
        "The channels that a conversation runs over.",
        """
        set  [id:CHAN](..20)  Exactly these, and its own.
        """,
        closed=True,
    ),
    shape(
        "set-parts",
        "The parts that a conversation is about.",
        """
        set  [id:PROD/CAPL/FEAT/ENH/LINKABLE/RUNNABLE](..100)  Exactly these.
        """,
        closed=True,
    ),
    shape(
        "first-message",
        "A message that a conversation begins with: words, files or both.",
        """
        body       text(1..150000)       The text.
        artifacts  [id:ARTIFACT](..50)   Its files, uploaded before.
        """,
        closed=True,
    ),
    shape(
        "custom-schema-spec",
        "Which schemas the custom fields of an object follow; what is left out stays.",
        """
        apps                      [text(1..256)](..100)    Apps whose fields it has.
        drop                      drop-custom-schemas      What it follows no more.
        subtype                   text(1..256)             Its subtype.
        tenant_fragment           bool                     Whether it has the dev org's own fields.
        validate_required_fields  bool                     Whether required fields must be there.
        """,
        closed=True,
    ),
    shape(
        "drop-custom-schemas",
        "Schemas that an object follows no more.",
        """
        apps     [text(1..256)](..100)  Apps.
        subtype  bool                   Whether it has no subtype any more.
        """,
        closed=True,
    ),
)
