"""The JSON objects of DevRev's conversations API, key by key."""

from __future__ import annotations

from ...reference.notation import shape
from .errors import ERRORS
from .sla import SLA
from .timeline import TIMELINE

_CONVERSATIONS = (
    shape(
        "list-response",
        "A page of conversations.",
        """
        conversations*  [conversation]  The page, in the order asked for.
        next_cursor     text            Goes on after this page; absent on the last.
        prev_cursor     text            Goes back before this page; absent on the first.
        """,
    ),
    shape(
        "export-response",
        "The conversations exported.",
        """
        conversations*  [conversation]  Latest change first.
        next_cursor     text            Goes on where this export ended; absent when nothing is left.
        """,
    ),
    shape(
        "conversation",
        "A conversation. `CONV-n` is the number n that Chatwoot's API shows as `id`.",
        """
        id*                         don             Its DON.
        display_id*                 text            CONV-n.
        created_by*                 user            Who opened it.
        created_date*               time            When it was opened.
        modified_by*                user            Who last changed it.
        modified_date*              time            When it was last changed.
        members*                    [user]          Who takes part, the contact first.
        owned_by                    [user]          Who owns it, the assignee first.
        title                       text            Its title.
        description                 text            What it is about.
        group                       group           The group that owns it.
        channels*                   [channel]       The channels that it runs over, its own first.
        source_channel              text            Where it came from, in a word.
        source_channel_v2*          channel         The channel that it came in by.
        stage                       stage           Its stage, and the state of that.
        tags                        [tag-with-value]  Its tags.
        messages*                   [entry]         The latest ten entries that the caller may see, oldest first.
        metadata                    metadata        Where it was opened.
        sla_summary                 sla-summary     How it stands against its service level.
        sla_tracker                 sla-tracker-ref  The tracker of its service level.
        account                     organization    The company that it belongs to.
        actual_close_date           time            When it was closed.
        applies_to_parts            [part]          The parts that it is about.
        custom_fields               object          Custom fields by wire name, as `tnt__tier`.
        custom_schema_fragments     [don]           What defines its custom fields.
        is_frozen*                  bool            Whether it refuses changes.
        last_external_message_date  time            The latest message that the contact may see.
        sentiment                   enum-value      How the contact feels.
        sentiment_modified_date     time            When that was found.
        sentiment_summary           text            Why.
        stock_schema_fragment       don             What defines its stock fields.
        subtype                     text            Its subtype.
        sync_metadata               sync-metadata   Where it was imported from.
        """,
    ),
    shape(
        "metadata",
        "Where a conversation was opened.",
        """
        url_context  text  The page.
        """,
    ),
    shape(
        "channel",
        "A channel: an inbox.",
        """
        id*         don   Its DON.
        display_id  text  CHAN-n.
        """,
    ),
    shape(
        "stage",
        "A stage and its state.",
        """
        name*    text       Its name.
        ordinal  int32      Its place among the stages.
        notes    text       What it is for.
        stage    stage-ref  Its id.
        state    state-ref  Its state.
        """,
    ),
    shape(
        "stage-ref",
        "A stage's id.",
        """
        id*         don   Its DON.
        display_id  text  STAGE-n.
        name        text  Its name.
        """,
    ),
    shape(
        "state-ref",
        "The state of a stage.",
        """
        id*         don   Its DON.
        display_id  text  STATE-n.
        name        text  open, in_progress, closed or one of yours.
        is_final    bool  Whether conversations end in it.
        """,
    ),
    shape(
        "tag-with-value",
        "A tag on a conversation.",
        """
        tag*   tag   The tag.
        value  text  Its value.
        """,
    ),
    shape(
        "tag",
        "A tag.",
        """
        id*         don        Its DON.
        display_id  text       TAG-n.
        name*       text       Its name.
        style_new   tag-style  Its colour.
        """,
    ),
    shape(
        "tag-style",
        "A tag's colour.",
        """
        color*  text  As `#1f93ff`.
        """,
    ),
    shape(
        "part",
        "A part of the product.",
        """
        type*       <product capability feature enhancement linkable runnable>  Its kind.
        id*         don     Its DON.
        display_id  text    PROD-n, CAPL-n, FEAT-n ...
        name*       text    Its name.
        owned_by*   [user]  Who owns it.
        """,
    ),
    shape(
        "enum-value",
        "One of a list of values.",
        """
        id*       int32  Its number.
        label*    text   What it means.
        ordinal*  int32  Its place in the list.
        """,
    ),
)

_PEOPLE = (
    shape(
        "user",
        "A person or a bot.",
        """
        type*            <dev_user rev_user service_account sys_user>  An agent, a customer, a bot of yours, or the server itself.
        id*              don        Their DON.
        display_id       text       DEVU-n, REVU-n, SVCACC-n or SYSU-n.
        display_name     text       The name shown.
        display_picture  artifact   Their picture.
        email            text       E-mail address.
        full_name        text       Their whole name.
        state            <active deactivated deleted locked shadow unassigned>  Whether they can still act.
        external_ref     text       A customer's id in a system of yours.
        rev_org          organization  A customer's workspace.
        """,
    ),
    shape(
        "organization",
        "A workspace, or the company above it.",
        """
        type*         <rev_org account dev_org>  Its kind.
        id*           don   Its DON.
        display_id    text  REV-n or ACC-n.
        display_name  text  Its name.
        """,
    ),
    shape(
        "group",
        "A group of users: a team.",
        """
        id*            don            Its DON.
        display_id     text           GROUP-n.
        name           text           Its name.
        member_type    <dev_user rev_user>  Whom it holds.
        sync_metadata  group-sync     Where it was imported from.
        """,
    ),
    shape(
        "group-sync",
        "Where a group was imported from.",
        """
        external_reference  text  Its id there.
        origin_system       text  The system.
        """,
    ),
    shape(
        "artifact",
        "A file.",
        """
        id*         don   Its DON.
        display_id  text  ARTIFACT-n.
        file        file  Its name and size.
        """,
    ),
    shape(
        "file",
        "A file's name and size.",
        """
        type  text   Media type.
        name  text   File name.
        size  int64  Bytes.
        """,
    ),
)

SHAPES = (*_CONVERSATIONS, *_PEOPLE, *TIMELINE, *SLA, *ERRORS)
