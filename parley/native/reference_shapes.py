"""The objects of Parley's own API."""

from __future__ import annotations

from ..reference.notation import shape
from .deliveries import ENDPOINTS, MOST_IDS, STATES

_STATE = f"<{' '.join(STATES)}>"
_ENDPOINT = f"<{' '.join(ENDPOINTS)}>"

_EVENTS = (
    shape(
        "person",
        "Somebody.",
        """
        kind*  <user contact bot system>  What they are; `system` is the server itself.
        id*    int64?                     Their number; null for the server.
        """,
    ),
    shape(
        "conversation",
        "A conversation as it is now. A contact gets `number`, `title`, `status`, `created_at` and `last_activity_at`.",
        """
        number*            int64   Its number, the same on both wires.
        title*             text?   Its title.
        status*            <open pending snoozed resolved>  Chatwoot's status.
        stage              text    DevRev's stage.
        priority           int?    0 to 3, low to urgent.
        inbox_id           int64   Where it is.
        contact_id         int64   Whose it is.
        company_id         int64?  The contact's account.
        team_id            int64?  The team that has it.
        assignee           person?  Who has it.
        tags               [text]  Names of its tags.
        is_spam            bool    Marked as spam.
        unread_count       int     The contact's messages that no agent has seen.
        snoozed_until      time?   Until when it is snoozed.
        created_at*        time    When it was opened.
        updated_at         time    When it was changed.
        last_activity_at*  time    When somebody last spoke or changed it.
        closed_at          time?   When it was closed.
        """,
    ),
    shape(
        "message",
        "A message or a change as it is now. A contact gets no `visibility`, `external_ref` and `labels`.",
        """
        id*            int64   Its number, the same on both wires.
        conversation*  int64   The conversation's number.
        kind*          <incoming outgoing template activity>  Whose it is; a change is an activity.
        visibility     <private internal external public>  Who may see it.
        author*        person  Who wrote it.
        body*          text?   What it says; null when it was deleted.
        body_type*     text    text, data, snap_kit or snap_widget.
        content_type*  text    Chatwoot's content type.
        status*        <sent delivered read failed>  How far it came.
        thread*        int64?  The message that it answers.
        external_ref   text?   Its name elsewhere.
        labels         [text]  Its labels.
        attachments*   int     How many files it has.
        is_deleted*    bool    What it said was taken away.
        created_at*    time    When it was written.
        updated_at*    time    When it was changed.
        """,
    ),
    shape(
        "event",
        "Something that happened.",
        """
        id*            text     The same wherever the event is told.
        position*      int64    Its place among the tenant's events, from 1 on and without gaps.
        type*          text     Its kind: a noun and what happened to it, as `message.created`.
        created_at*    time     When it happened.
        actor*         person   Who did it.
        conversation*  int64?   The conversation that it is about.
        message*       int64?   The message or change that it is about.
        data*          object   What else is to be said: `id` of another thing, `changed` fields, `deltas` with old and new
            values; of a deleted conversation where it was and whose.
        object*        message? | conversation  Of `conversation.*` the conversation, of `message.*` the message, as they are
            now; null for all else, and when it is gone.
        """,
    ),
    shape(
        "events",
        "A page.",
        """
        events*    [event]  The oldest first.
        next*      int64    Up to which position was looked: `after` of the next page.
        has_more*  bool     There is more now.
        head*      int64    The newest position.
        """,
    ),
)
_WEBHOOKS = (
    shape(
        "health",
        "How an endpoint does.",
        """
        state*          <ok failing paused disabled>  Paused: it kept failing, and is tried now and then. Disabled: it answered 410.
        failures*       int    How many times in a row it failed.
        failing_since*  time?  Since when.
        paused_until*   time?  When it is tried again.
        disabled_at*    time?  When it answered 410.
        last_error*     text?  What went wrong last.
        """,
    ),
    shape(
        "webhook",
        "A webhook of either wire, without its secret.",
        """
        id*            int64   Its number.
        wire*          <devrev chatwoot>  Whose events it gets.
        name*          text?   Its name.
        url*           text    Where they go.
        status*        <active inactive unverified>  Whether it gets any.
        event_types*   [text]  Which, as the wire calls them.
        inbox_id*      int64?  Only of this inbox.
        verified_at*   time?   When the endpoint answered DevRev's challenge.
        both_secrets_until*  time?  Until when deliveries are also signed with the secret before.
        created_at*    time    When it was made.
        updated_at*    time    When it was changed.
        waiting*       int     Deliveries that have not ended.
        health*        health  How its endpoint does.
        """,
    ),
    shape("webhooks", "All webhooks.", "webhooks*  [webhook]  By number."),
    shape("webhook-answer", "One webhook.", "webhook*  webhook  As it is now."),
    shape("test-sent", "A test event is on its way.", "delivery_id*  int64  Its delivery in the log."),
    shape(
        "rotated",
        "A new secret.",
        """
        webhook*                   webhook  As it is now.
        secret*                    text     The secret as its wire shows it: on DevRev's in base64.
        standard_webhooks_secret*  text     The same for libraries of Standard Webhooks.
        """,
    ),
)
_DELIVERY = f"""
id*               int64     Its number.
endpoint*         endpoint  Whose URL it is.
wire*             <devrev chatwoot>  Whose form the body has.
url*              text      Where it goes.
event_type*       text      The event as the wire calls it.
message_id*       text      What the receiver sees as `webhook-id`: the same for every attempt.
lane*             text      What it is kept in order with at its endpoint, as `conversation:5`.
state*            {_STATE}  How far it is.
attempts*         int       Requests so far.
reason*           text?     Why it failed for good.
last_status*      int?      The status that the last attempt was answered with.
last_error*       text?     What went wrong in it.
next_attempt_at*  time?     When it is tried next.
created_at*       time      When it was made.
finished_at*      time?     When it ended.
"""
_DELIVERIES = (
    shape("endpoint", "Whose URL it is.", f"kind*  {_ENDPOINT}  What it belongs to.\nid*  int64  That thing's number."),
    shape("delivery", "What is sent to one endpoint about one event.", _DELIVERY),
    shape(
        "deliveries", "A page of the log.", "deliveries*  [delivery]  The newest first.\nnext_before*  int64?  `before` of the next page."
    ),
    shape(
        "attempt",
        "One request.",
        """
        number*           int      From 1 on.
        started_at*       time     When it began.
        finished_at*      time?    When it ended; null where it was cut off, or is under way.
        request_headers*  {text}   What was sent along; signatures and secrets are left out.
        status*           int?     The answer's status.
        latency_ms*       number?  How long it took.
        answer*           text?    The answer's first KB.
        error*            text?    What went wrong.
        """,
    ),
    shape("whole-delivery", "A delivery with what it sends.", _DELIVERY + "body*  text  Byte for byte.\ntries*  [attempt]  Each request."),
    shape("delivery-answer", "One delivery.", "delivery*  whole-delivery  As it is now."),
    shape("redelivered", "How many.", "redelivered*  int64  Deliveries that will be sent again."),
    shape(
        "redeliver-request",
        "Which deliveries.",
        f"""
        webhook     int64(1..)  Those of this webhook.
        endpoint    text        Those of this endpoint, as `inbox:5`.
        state       {_STATE}    Those in this state.
        event_type  text        Those of this kind.
        since       time        Those made from then on.
        until       time        Those made before.
        ids         [int64(1..)](..{MOST_IDS})  These.
        """,
        closed=True,
    ),
)
_PROBLEM = """
type*     text  A word for it, as `invalid_value`.
message*  text  The same for people.
field     text  What it is about.
"""
SHAPES = (
    *_EVENTS,
    *_WEBHOOKS,
    *_DELIVERIES,
    shape("problem", "Why not.", _PROBLEM),
    shape("gone", "A position that is no longer kept.", _PROBLEM + "oldest*  int64  After this one a feed may begin."),
)
