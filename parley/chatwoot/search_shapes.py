"""The JSON objects of searches, key by key."""

from __future__ import annotations

from ..reference.notation import shape

SHAPES = (
    shape(
        "searched-conversations",
        "What a search of conversations finds.",
        """
        meta*     searched-counts          How many match.
        payload*  [searched-conversation]  The page, in the order asked for.
        """,
    ),
    shape(
        "searched-counts",
        "How many conversations match.",
        """
        mine_count*        int64  Assigned to the caller.
        unassigned_count*  int64  Assigned to no user.
        all_count*         int64  All of them.
        search_incomplete  bool   True where a search ran out of time: there may be more.
        """,
    ),
    shape(
        "searched-conversation",
        "A conversation in short.",
        """
        id*          int64               Its number in the account.
        uuid*        text                An id that is unique everywhere.
        created_at*  int64               When it was opened.
        contact*     searched-contact    Who wrote.
        inbox*       searched-inbox      Where.
        messages*    [searched-message]  Those that match, oldest first.
        account_id*  int64               The account.
        """,
    ),
    shape(
        "searched-contact",
        "A contact in short.",
        """
        id*    int64  Their number.
        name*  text   Name.
        """,
    ),
    shape(
        "searched-inbox",
        "An inbox in short.",
        """
        id*            int64  Its number.
        name*          text   Its name.
        channel_type*  text   The kind of inbox, as `Channel::Api`.
        """,
    ),
    shape(
        "searched-message",
        "A message in short.",
        """
        content*       text?       What it says.
        id*            int64       Its number.
        sender_name    text        Who wrote it; absent where nobody did.
        message_type*  int32(0..3)  Incoming, outgoing, activity or template.
        created_at*    int64       When it was sent.
        """,
    ),
    shape("found", "What a search finds.", "payload*  found-payload  By kind, the best page of each."),
    shape(
        "found-payload",
        "By kind, a page of each.",
        """
        conversations*  [found-conversation]  By number or contact, the newest first.
        contacts*       [found-contact]       By name, e-mail, phone number or identifier, the latest activity first.
        messages*       [found-message]       By what they say, the newest first.
        articles*       [object](..0)         There is no help centre.
        search_incomplete  bool               True where a search of messages ran out of time: there may be more.
        """,
    ),
    shape("found-conversations", "What a search finds.", "payload*  found-conversations-payload  One page."),
    shape("found-conversations-payload", "Conversations.", "conversations*  [found-conversation]  The newest first."),
    shape("found-contacts", "What a search finds.", "payload*  found-contacts-payload  One page."),
    shape("found-contacts-payload", "Contacts.", "contacts*  [found-contact]  The latest activity first."),
    shape("found-messages", "What a search finds.", "payload*  found-messages-payload  One page."),
    shape(
        "found-messages-payload",
        "Messages.",
        """
        messages*          [found-message]  The newest first.
        search_incomplete  bool             True where the search ran out of time: there may be more.
        """,
    ),
    shape("found-articles", "What a search finds.", "payload*  found-articles-payload  Nothing."),
    shape("found-articles-payload", "Articles.", "articles*  [object](..0)  There is no help centre."),
    shape(
        "found-conversation",
        "A conversation that was found.",
        """
        id*                     int64          Its number in the account.
        account_id*             int64          The account.
        created_at*             int64          When it was opened.
        message                 found-message  Its first message.
        contact*                found-contact  Who wrote.
        inbox*                  found-inbox    Where.
        agent                   found-agent    Who answers; absent when no user does.
        additional_attributes*  object         What the channel knew.
        """,
    ),
    shape(
        "found-contact",
        "A contact that was found.",
        """
        email*                  text?   E-mail address.
        id*                     int64   Their number.
        name*                   text    Name.
        phone_number*           text?   In E.164.
        identifier*             text?   Their id in a system of yours.
        additional_attributes*  object  City, company and the like.
        last_activity_at*       int64?  When they last did anything.
        """,
    ),
    shape(
        "found-message",
        "A message that was found.",
        """
        id*               int64         Its number.
        content*          text?         What it says.
        message_type*     int32(0..3)   Incoming, outgoing, activity or template.
        content_type*     text          How it is shown.
        source_id*        text?         Its id in the channel.
        inbox_id*         int64         The inbox.
        conversation_id*  int64         Its conversation's number.
        created_at*       int64         When it was sent.
        sender            object        Who wrote it; absent where nobody did.
        inbox*            found-inbox   The inbox in short.
        attachments       [attachment]  Its files, where it has some.
        """,
    ),
    shape(
        "found-inbox",
        "An inbox in short.",
        """
        id*            int64  Its number.
        channel_id*    int64  The same as id.
        name*          text   Its name.
        channel_type*  text   The kind of inbox, as `Channel::Api`.
        """,
    ),
    shape(
        "found-agent",
        "A user in short.",
        """
        id*              int64  Their number.
        available_name*  text   The name that contacts see.
        email*           text?  E-mail address.
        name*            text   Name.
        role*            <agent administrator>  What they may do.
        """,
    ),
)
