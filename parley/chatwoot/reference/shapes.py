"""The JSON objects of Chatwoot's list, key by key."""

from __future__ import annotations

from ...reference.notation import shape

SHAPES = (
    shape(
        "list",
        "The answer of a list.",
        """
        data*  list-data  Counts and conversations.
        """,
    ),
    shape(
        "list-data",
        "Counts and conversations.",
        """
        meta*     counts          How many match.
        payload*  [conversation]  The page, in the order asked for.
        """,
    ),
    shape(
        "count",
        "The answer of a count.",
        """
        meta*  counts  How many match.
        """,
    ),
    shape(
        "counts",
        "How many conversations match, exactly.",
        """
        mine_count*        int64  Assigned to the caller.
        assigned_count*    int64  Assigned to a user.
        unassigned_count*  int64  Assigned to no user.
        all_count*         int64  All of them.
        search_incomplete  bool   True where a search ran out of time: there may be more.
        """,
    ),
    shape(
        "conversation",
        "A conversation. `id` is the number that DevRev's API shows as CONV-n.",
        """
        meta*                       conversation-meta  Who wrote, who answers.
        id*                         int64       Its number in the account.
        messages*                   [message](..1)  The newest entry of any kind, or none.
        account_id*                 int64       The account.
        uuid*                       text        An id that is unique everywhere.
        additional_attributes*      object      What the channel knew: browser, referer, mail subject ...
        agent_last_seen_at*         int64       When an agent last read it; 0 for never.
        assignee_last_seen_at*      int64       When its assignee last read it; 0 for never.
        can_reply*                  bool        Whether the channel lets an answer through now.
        contact_last_seen_at*       int64       When the contact last read it; 0 for never.
        custom_attributes*          object      Custom fields by key.
        inbox_id*                   int64       The inbox it came in by.
        labels*                     [text]      Its labels.
        muted*                      bool        Whether the contact is blocked.
        snoozed_until*              time?       When it wakes up.
        status*                     <open resolved pending snoozed>  Follows from its stage.
        created_at*                 int64       When it was opened.
        updated_at*                 number      When it was last changed, with a fraction of the second.
        timestamp*                  int64       The same as last_activity_at.
        first_reply_created_at*     int64       When a person first answered; 0 for not yet.
        unread_count*               int32(0..10)  Messages of the contact that no agent has read, ten at most.
        last_non_activity_message*  message?    The newest message that is no change.
        last_activity_at*           int64       When anything last happened.
        priority*                   <low medium high urgent>?  How urgent it is.
        waiting_since*              int64       Since when the contact waits; 0 for not waiting.
        sla_policy_id*              int64?      Its service level policy.
        applied_sla                 applied-sla  Where the account has the feature `sla` and a policy applies.
        sla_events                  [sla-event]  Missed targets; only where the account has the feature `sla`.
        """,
    ),
    shape(
        "conversation-meta",
        "Who wrote, who answers.",
        """
        sender*         contact      The contact.
        channel*        text         The kind of inbox, as `Channel::Api`.
        assignee        agent | bot  Who answers; absent when nobody does or they have left.
        assignee_type   <User AgentBot>  What the assignee is.
        team            team         The team that answers.
        hmac_verified*  bool?        Whether the contact proved who they are.
        """,
    ),
    shape(
        "contact",
        "A customer.",
        """
        additional_attributes*  object  City, company and the like.
        availability_status*    <online offline>  Whether they are here now.
        email*                  text?   E-mail address.
        id*                     int64   Their number.
        name*                   text    Name.
        phone_number*           text?   In E.164.
        blocked*                bool    Whether their messages are refused.
        identifier*             text?   Their id in a system of yours.
        company_id              int64?  Their company; only where the account has the feature `companies`.
        thumbnail*              text    A picture's URL, or nothing.
        custom_attributes*      object  Custom fields by key.
        last_activity_at        int64   When they last did anything.
        created_at*             int64   Since when they are known.
        """,
    ),
    shape(
        "agent",
        "A user who answers.",
        """
        id*                   int64   Their number.
        account_id*           int64   The account.
        availability_status*  <online offline busy>  Whether they are here now.
        auto_offline*         bool    Whether that follows their presence.
        confirmed*            bool    Whether their e-mail address is confirmed.
        email*                text?   E-mail address.
        provider*             text    How they log in.
        available_name*       text    The name that contacts see.
        custom_attributes     object  Custom fields, where there are any.
        name*                 text    Name.
        role*                 <agent administrator>  What they may do.
        thumbnail*            text    A picture's URL, or nothing.
        custom_role_id*       int64?  A role that narrows what they may do.
        avatar_url            text    The same as thumbnail. This key and the next ones: not for contacts.
        display_name          text?   The name they chose.
        message_signature     text?   What stands under their messages.
        inviter_id            int64?  Who invited them.
        ui_settings           object  How they set up their screen.
        uid                   text?   The same as email.
        type                  "SuperAdmin"?  Who runs the server.
        accounts              [agent-account](1..1)  Their place in this account.
        """,
    ),
    shape(
        "agent-account",
        "A user's place in an account.",
        """
        id*                   int64   The account.
        name*                 text    Its name.
        status*               <active suspended>  Whether it may be used.
        active_at*            time?   When they were last here.
        role*                 <agent administrator>  What they may do.
        permissions*          [text]  The same as a list, or what a custom role allows.
        availability*         <online offline busy>  What they chose.
        availability_status*  <online offline busy>  What others see.
        auto_offline*         bool    Whether that follows their presence.
        custom_role_id*       int64?  A role that narrows what they may do.
        custom_role*          custom-role?  That role.
        """,
    ),
    shape(
        "custom-role",
        "A role that narrows what an agent may do.",
        """
        id*           int64   Its number.
        name*         text    Its name.
        description*  text?   What it is for.
        permissions*  [text]  What it allows.
        """,
    ),
    shape(
        "bot",
        "A bot that answers.",
        """
        id*           int64  Its number.
        name*         text   Name.
        description*  text?  What it does.
        thumbnail*    text   A picture's URL, or nothing.
        outgoing_url  text?  Where it is called; absent for the server's own bots.
        bot_type*     text   How it is called.
        """,
    ),
    shape(
        "team",
        "A team.",
        """
        id*                 int64  Its number.
        name*               text   Name.
        description*        text?  What it does.
        allow_auto_assign*  bool   Whether conversations are given to its members by themselves.
        account_id*         int64  The account.
        is_member*          bool   Whether the caller belongs to it.
        """,
    ),
    shape(
        "message",
        "An entry of a conversation: a message, or a change in words.",
        """
        id*                         int64   Its number.
        content*                    text?   The text.
        account_id*                 int64   The account.
        inbox_id*                   int64   The inbox.
        conversation_id*            int64   The conversation's number.
        message_type*               int32(0..3)  0 incoming, 1 outgoing, 2 activity (a change), 3 template.
        created_at*                 int64   When it was written.
        updated_at*                 time    When it was last changed.
        private*                    bool    A note among agents.
        status*                     <sent delivered read failed>  How far it came.
        source_id*                  text?   Its id in the channel.
        content_type*               text    text, input_select, cards, form, article, incoming_email ...
        content_attributes*         object  What belongs to the content type.
        sender_type*                <Contact User AgentBot>?  What the sender is.
        sender_id*                  int64?  The sender's number.
        external_source_ids*        object  Its ids in other systems.
        additional_attributes*      object  Anything else.
        processed_message_content*  text?   The text without quotes and signature.
        sentiment*                  object  What was found of its mood.
        conversation*               message-conversation  The conversation at this moment.
        echo_id                     text    What the sender marked it with.
        attachments                 [attachment](1..)  Its files.
        attachment                  attachment  The first of them.
        sender                      message-user | message-contact | message-bot  Who wrote it.
        """,
    ),
    shape(
        "message-conversation",
        "What a message says of its conversation.",
        """
        assignee_id*       int64?  The user it is assigned to.
        unread_count*      int32(0..10)  As in the conversation.
        last_activity_at*  int64   As in the conversation.
        contact_inbox*     message-contact-point  Where the contact is reached.
        """,
    ),
    shape(
        "message-contact-point",
        "A contact's address in an inbox.",
        """
        source_id*  text?  Their id in the channel.
        """,
    ),
    shape(
        "message-user",
        "A user who wrote.",
        """
        id*                   int64   Their number.
        name*                 text    Name.
        available_name*       text    The name that contacts see.
        avatar_url*           text    A picture's URL, or nothing.
        type*                 "user"  Always `user`.
        availability_status*  <online offline busy>  Whether they are here now.
        thumbnail*            text    The same as avatar_url.
        """,
    ),
    shape(
        "message-contact",
        "A contact who wrote.",
        """
        additional_attributes*  object     City, company and the like.
        custom_attributes*      object     Custom fields by key.
        email*                  text?      E-mail address.
        id*                     int64      Their number.
        identifier*             text?      Their id in a system of yours.
        name*                   text       Name.
        phone_number*           text?      In E.164.
        thumbnail*              text       A picture's URL, or nothing.
        blocked*                bool       Whether their messages are refused.
        type*                   "contact"  Always `contact`.
        company_id              int64?     Their company; only where the account has the feature `companies`.
        """,
    ),
    shape(
        "message-bot",
        "A bot that wrote.",
        """
        id*          int64        Its number.
        name*        text         Name.
        avatar_url*  text         A picture's URL, or nothing.
        type*        "agent_bot"  Always `agent_bot`.
        """,
    ),
    shape(
        "attachment",
        "A file, a place or a contact card. The keys after `account_id` depend on `file_type`.",
        """
        id*               int64    Its number.
        message_id*       int64?   The message.
        file_type*        text     image, audio, video, file, location, fallback, contact, embed ...
        account_id*       int64    The account.
        extension         text?    The end of the file's name.
        content_type      text?    Media type.
        data_url          text?    Where the bytes are.
        thumb_url         text     Where a small picture is, or nothing.
        file_size         int64?   Bytes.
        width             int32?   Pixels.
        height            int32?   Pixels.
        transcribed_text  text     What is said, for audio.
        coordinates_lat   number   Degrees north, for a location.
        coordinates_long  number   Degrees east, for a location.
        fallback_title    text?    What to show in its place.
        meta              object   A contact card's content.
        """,
    ),
    shape(
        "applied-sla",
        "The service level that applies to a conversation. Thresholds are in seconds.",
        """
        id*                                 int64    Its number.
        sla_id*                             int64    The policy.
        sla_status*                         <active hit missed active_with_misses>  How it stands.
        created_at*                         int64    Since when it applies.
        updated_at*                         int64    When it last changed.
        sla_description*                    text?    What the policy promises.
        sla_name*                           text     The policy's name.
        sla_first_response_time_threshold*  number?  Until the first answer.
        sla_next_response_time_threshold*   number?  Until each further answer.
        sla_only_during_business_hours*     bool     Whether the clock stops outside business hours.
        sla_resolution_time_threshold*      number?  Until it is resolved.
        """,
    ),
    shape(
        "sla-event",
        "A target that was missed.",
        """
        id*          int64   Its number.
        event_type*  <frt nrt rt>  First response, next response or resolution time.
        meta*        object  Which message it was about.
        updated_at*  int64   When it last changed.
        created_at*  int64   When it was missed.
        """,
    ),
    shape(
        "bad-input",
        "A value that cannot be understood.",
        """
        description*  text  What is wrong.
        errors*       [bad-input-error](1..)  Each parameter that is wrong.
        """,
    ),
    shape(
        "bad-input-error",
        "One wrong parameter.",
        """
        field*    text  The parameter.
        message*  text  What is wrong with it.
        code*     text  The kind of mistake, as `invalid_value`.
        """,
    ),
    shape(
        "invalid",
        "Why a write cannot be accepted.",
        """
        message*     text    One sentence.
        attributes*  [text]  The field that it is about.
        """,
    ),
    shape(
        "refusal",
        "Why the request was refused.",
        """
        error*  text  One sentence.
        """,
    ),
    shape(
        "signed-out",
        "No token was given.",
        """
        errors*  [text](1..)  One sentence.
        """,
    ),
    shape(
        "failure",
        "Something failed on our side.",
        """
        status*  int32  500.
        error*   text   One sentence.
        """,
    ),
)
