"""The tables of an inbox: what makes and changes one, and what answers show of it."""

from __future__ import annotations

from ..domain.inboxes import CHANNELS
from ..reference.notation import shape

KINDS = " ".join(CHANNELS)
_CHANNEL = """
webhook_url               text(..2048)?  api: where events are posted to.
hmac_mandatory            bool           api, web_widget: whether contacts must prove who they are.
additional_attributes     object         api: `agent_reply_time_window` is how many hours an agent may answer in.
website_url               text(..2048)   web_widget: the site it stands on.
welcome_title             text(..1000)?  web_widget: its headline.
welcome_tagline           text(..5000)?  web_widget: the line under it.
widget_color              text(1..50)    web_widget: a CSS colour.
reply_time                <in_a_few_minutes in_a_few_hours in_a_day>  web_widget: what it promises.
pre_chat_form_enabled     bool           web_widget: whether a form comes first.
pre_chat_form_options     object         web_widget: that form.
continuity_via_email      bool           web_widget: whether mail goes on where the visitor has left.
allowed_domains           text(..5000)   web_widget: where it may stand, with commas between.
selected_feature_flags    [<attachments emoji_picker end_conversation use_inbox_avatar_for_bot allow_mobile_webview>]  What
                            it offers (web_widget).
email                     text(..320)    email: its address.
imap_enabled              bool           email: whether mail is fetched.
imap_login                text(..1000)   email: the user there.
imap_password             text(..1000)   email: the password there.
imap_address              text(..1000)   email: the server.
imap_port                 int(0..65535)  email: its port.
imap_enable_ssl           bool           email: whether over TLS.
imap_authentication       text(..50)     email: how to sign in.
smtp_enabled              bool           email: whether mail is sent through a server of yours.
smtp_login                text(..1000)   email: the user there.
smtp_password             text(..1000)   email: the password there.
smtp_address              text(..1000)   email: the server.
smtp_port                 int(0..65535)  email: its port.
smtp_domain               text(..1000)   email: the HELO domain.
smtp_enable_starttls_auto  bool          email: whether with STARTTLS.
smtp_enable_ssl_tls       bool           email: whether over TLS.
smtp_openssl_verify_mode  text(..50)     email: how certificates are checked.
smtp_authentication       text(..50)     email: how to sign in.
verified_for_sending      bool           email: whether the address may send.
provider                  text(..50)     email, whatsapp, sms, voice: who carries it.
provider_config           object         whatsapp, sms, voice: keys of the provider.
phone_number              text(..50)     whatsapp, sms, twilio_sms, voice: its number.
medium                    text(..50)     twilio_sms: sms or whatsapp.
messaging_service_sid     text(..200)    twilio_sms: the service.
account_sid               text(..200)    twilio_sms: the account.
auth_token                text(..200)    twilio_sms: its key.
line_channel_id           text(..200)    line: the channel.
line_channel_secret       text(..1000)   line: its secret.
line_channel_token        text(..1000)   line: its token.
bot_token                 text(..1000)   telegram: the bot's token.
bot_name                  text(..200)    telegram: the bot's name.
page_id                   text(..200)    facebook_page: the page.
instagram_id              text(..200)    instagram: the account.
business_id               text(..200)    tiktok: the business.
"""
SETTINGS = """
avatar                         binary          A picture: PNG, JPEG or GIF.
greeting_enabled               bool            Whether new contacts are greeted.
greeting_message               text(..10000)?  With what.
enable_email_collect           bool            Whether contacts are asked for their address.
csat_survey_enabled            bool            Whether contacts are asked how it was.
csat_config                    csat-config     How they are asked.
enable_auto_assignment         bool            Kept: nobody is assigned by itself yet.
auto_assignment_config         assignment-config  Kept too.
working_hours_enabled          bool            Whether the inbox has hours.
out_of_office_message          text(..10000)?  What is answered outside them.
timezone                       text(1..100)    The zone of its hours, as `Europe/Berlin`.
allow_messages_after_resolved  bool            Whether a resolved conversation takes messages.
lock_to_single_conversation    bool            Whether a contact's next message goes into their last conversation.
sender_name_type               <friendly professional>  How agents are called in mail.
business_name                  text(..255)?    What stands in mail for the account.
"""
_ADMINISTRATORS = "shown to administrators"

SHAPES = (
    shape("inbox-channel", "A channel. Fields that its kind does not have are ignored.", _CHANNEL),
    shape("new-inbox-channel", "A channel and its kind.", f"type*  <{KINDS}>  Its kind.{_CHANNEL}"),
    shape(
        "csat-config",
        "How contacts are asked how it was.",
        """
        display_type  <emoji star>  With faces or stars.
        message       text(..10000)  In which words.
        button_text   text(..100)  What stands on the button.
        language      text(..20)   In which language.
        survey_rules  object       `operator` and `values`: for conversations with or without these labels.
        """,
    ),
    shape("assignment-config", "How conversations are given out.", "max_assignment_limit  int(1..)?  Open conversations of one agent."),
    shape(
        "working-day",
        "A day's hours, in the inbox's time zone. A day that is open needs all four numbers.",
        """
        day_of_week*    int32(0..6)    0 is Sunday.
        closed_all_day  bool           Whether it is closed.
        open_hour       int32(0..23)?  When it opens.
        open_minutes    int32(0..59)?  And minutes.
        close_hour      int32(0..23)?  When it closes.
        close_minutes   int32(0..59)?  And minutes.
        open_all_day    bool           Whether it is open day and night.
        """,
    ),
    shape("inbox-list", "Inboxes.", "payload*  [inbox]  By name."),
    shape("agent-list", "Agents.", "payload*  [agent]  By name."),
    shape(
        "inbox",
        "An inbox. Keys of a web widget are null elsewhere; those of other kinds are there only in that kind.",
        f"""
        id*                             int64           Its number.
        avatar_url*                     text            A picture's URL, or nothing.
        channel_id*                     int64           Its channel's number.
        name*                           text            What it is called.
        channel_type*                   text            The kind, as `Channel::Api`.
        carries_messages*               bool            Whether this server carries messages for this kind yet: `api` alone.
        greeting_enabled*               bool            Whether new contacts are greeted.
        greeting_message*               text?           With what.
        working_hours_enabled*          bool            Whether it has hours.
        enable_email_collect*           bool            Whether contacts are asked for their address.
        csat_survey_enabled*            bool            Whether contacts are asked how it was.
        csat_config*                    object          How they are asked.
        enable_auto_assignment*         bool            Whether conversations are to be given out.
        auto_assignment_config*         object          How.
        out_of_office_message*          text?           What is answered outside its hours.
        working_hours*                  [working-day](7..7)  Its week, from Sunday.
        timezone*                       text            The zone of its hours.
        callback_webhook_url*           text?           Where a provider posts to; null, since none does yet.
        allow_messages_after_resolved*  bool            Whether a resolved conversation takes messages.
        lock_to_single_conversation*    bool            Whether a contact's next message goes into their last conversation.
        sender_name_type*               <friendly professional>  How agents are called in mail.
        business_name*                  text?           What stands in mail for the account.
        allowed_domains*                text?           Where the widget may stand.
        widget_color*                   text?           A CSS colour.
        website_url*                    text?           The site it stands on.
        hmac_mandatory*                 bool?           Whether contacts must prove who they are.
        welcome_title*                  text?           Its headline.
        welcome_tagline*                text?           The line under it.
        web_widget_script*              text?           What a page holds to show it.
        website_token*                  text?           Names the widget.
        selected_feature_flags*         [text]?         What it offers.
        reply_time*                     text?           What it promises.
        hmac_token                      text?           What proofs are checked with; {_ADMINISTRATORS}.
        pre_chat_form_enabled           bool            Whether a form comes first.
        pre_chat_form_options           object          That form.
        continuity_via_email            bool            Whether mail goes on where the visitor has left.
        messaging_service_sid*          text?           Of Twilio.
        phone_number*                   text?           Its number.
        medium                          text            Of Twilio: sms or whatsapp.
        auth_token                      text?           Of Twilio; {_ADMINISTRATORS}.
        account_sid                     text?           Of Twilio; {_ADMINISTRATORS}.
        email                           text?           Its address.
        forwarding_enabled              bool            Whether mail may be forwarded to it.
        imap_login                      text?           {_ADMINISTRATORS.capitalize()}, as all of IMAP and SMTP.
        imap_password                   text?           The password.
        imap_address                    text?           The server.
        imap_port                       int32?          Its port.
        imap_enabled                    bool?           Whether mail is fetched.
        imap_enable_ssl                 bool?           Whether over TLS.
        smtp_login                      text?           The user.
        smtp_password                   text?           The password.
        smtp_address                    text?           The server.
        smtp_port                       int32?          Its port.
        smtp_enabled                    bool?           Whether mail is sent through it.
        smtp_domain                     text?           The HELO domain.
        smtp_enable_ssl_tls             bool?           Whether over TLS.
        smtp_enable_starttls_auto       bool?           Whether with STARTTLS.
        smtp_openssl_verify_mode        text?           How certificates are checked.
        smtp_authentication             text?           How to sign in.
        secret                          text?           What posts to `webhook_url` are signed with; {_ADMINISTRATORS}.
        webhook_url                     text?           Where events are posted to.
        inbox_identifier                text?           Names the inbox in the public API.
        additional_attributes           object          Anything else.
        provider*                       text?           Who carries it.
        bot_name                        text?           Of Telegram.
        message_templates               [object]        Of WhatsApp.
        provider_config                 object          Keys of the provider; {_ADMINISTRATORS}.
        reauthorization_required        bool            Whether the provider must be signed in to again.
        """,
    ),
)
