"""What the caller was told of in an account, and what they want to be told (contract 3.5)."""

from __future__ import annotations

from typing import Any

from ..actions import notifications as actions
from ..domain.problems import InvalidEnumValue, NotFound
from ..reference.notation import shape
from ..store import notifications
from ..store.notifications import KINDS, Asked, Settings
from .encode_notifications import read, row
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .readers import Json

PER_PAGE = 15
_ALL = f"{ACCOUNT}/notifications"
_ONE = f"{_ALL}/{{id}}"
_SETTINGS = f"{ACCOUNT}/notification_settings"


async def list_notifications(call: Call) -> Json:
    asked, page = _asked(call), call.given.get("page", 1)
    rows = await notifications.list_notifications(
        call.connection,
        call.principal,
        asked,
        ascending=call.given.get("sort_order") == "asc",
        limit=PER_PAGE,
        offset=(page - 1) * PER_PAGE,
    )
    count, unread = await notifications.count_notifications(call.connection, call.principal, asked)
    payload = await read(call.connection, call.principal, rows, call.wire)
    return {"data": {"meta": {"unread_count": unread, "count": count, "current_page": page}, "payload": payload}}


async def count_unread_notifications(call: Call) -> int:
    _, unread = await notifications.count_notifications(call.connection, call.principal, _asked(call))
    return unread


async def read_notification(call: Call) -> Json:
    await actions.set_read(call.context, call.principal, call.path["id"], read=True)
    return await _read_back(call)


async def unread_notification(call: Call) -> Json:
    await actions.set_read(call.context, call.principal, call.path["id"], read=False)
    return await _read_back(call)


async def snooze_notification(call: Call) -> Json:
    await actions.snooze(call.context, call.principal, call.path["id"], call.given.get("snoozed_until"))
    return await _read_back(call)


async def delete_notification(call: Call) -> None:
    await actions.delete_notification(call.context, call.principal, call.path["id"])


async def read_all_notifications(call: Call) -> None:
    """Of one conversation where one is named; the original reads the number as the row's own id."""
    named = call.given.get("primary_actor_id") if call.given.get("primary_actor_type") == "Conversation" else None
    await actions.read_all(call.context, call.principal, named)


async def delete_all_notifications(call: Call) -> None:
    await actions.delete_all(call.context, call.principal, only_read=call.given.get("type") == "read")


async def show_notification_settings(call: Call) -> Json:
    user_id = call.principal.ref.id
    return _shown(call, await notifications.get_settings(call.connection, call.tenant_id, user_id))


async def update_notification_settings(call: Call) -> Json:
    given = {name: _kinds(name, call.given.get(f"selected_{name}_flags")) for name in ("email", "push")}
    await actions.change_settings(call.context, call.principal, given["email"], given["push"])
    return _shown(call, await notifications.get_settings(call.connection, call.tenant_id, call.principal.ref.id))


async def _read_back(call: Call) -> Json:
    found = await notifications.get_notification(
        call.connection, call.tenant_id, call.principal.ref.id, call.path["id"], call.context.clock()
    )
    if found is None:
        raise NotFound()
    return row(found, call.tenant_id)


def _asked(call: Call) -> Asked:
    includes = call.given.get("includes", ())
    return Asked(call.context.clock(), with_read="read" in includes, with_snoozed="snoozed" in includes)


def _kinds(prefix: str, flags: list[str] | None) -> list[str] | None:
    """``email_conversation_mention`` -> conversation_mention. Empty words are Rails' way of sending an empty list."""
    if flags is None:
        return None
    allowed = [f"{prefix}_{kind}" for kind in KINDS]
    for place, flag in enumerate(flags):
        if flag and flag not in allowed:
            raise InvalidEnumValue(f"selected_{prefix}_flags[{place}]", flag, allowed)
    return list(dict.fromkeys(flag.removeprefix(f"{prefix}_") for flag in flags if flag))


def _shown(call: Call, settings: Settings) -> dict[str, Any]:
    user_id = call.principal.ref.id
    return {
        "id": user_id,
        "user_id": user_id,
        "account_id": call.tenant_id,
        "all_email_flags": [f"email_{kind}" for kind in KINDS],
        "selected_email_flags": [f"email_{kind}" for kind in settings.email_kinds],
        "all_push_flags": [f"push_{kind}" for kind in KINDS],
        "selected_push_flags": [f"push_{kind}" for kind in settings.push_kinds],
    }


_INCLUDES = "includes  [text]  `read` and `snoozed`: those too. Sent as `includes[]`."
FAMILY = Family(
    endpoints=(
        Endpoint(
            "GET",
            _ALL,
            list_notifications,
            "List what the caller was told",
            "data*  notification-list  Fifteen at a time.",
            query=f"""
            page        int32(1..100000000)  Which page, from 1.
            sort_order  <asc desc>  By time; the newest first when absent.
            {_INCLUDES}
            """,
            text="One line per conversation, the newest; only of conversations that the caller may open now. Unread and awake ones.",
        ),
        Endpoint("GET", f"{_ALL}/unread_count", count_unread_notifications, "Count what the caller has not read", "int64", query=_INCLUDES),
        Endpoint("PATCH", _ONE, read_notification, "Mark as read", "notification-row", refuses=(404,)),
        Endpoint("POST", f"{_ONE}/unread", unread_notification, "Mark as unread", "notification-row", refuses=(404,)),
        Endpoint(
            "POST",
            f"{_ONE}/snooze",
            snooze_notification,
            "Hide for a while",
            "notification-row",
            request="snoozed_until  time?  Until when, in seconds since 1970 or ISO 8601; absent or null to show it again.",
            example={"snoozed_until": 1893456000},
            refuses=(404,),
        ),
        Endpoint("DELETE", _ONE, delete_notification, "Throw one away", "", refuses=(404,)),
        Endpoint(
            "POST",
            f"{_ALL}/read_all",
            read_all_notifications,
            "Mark all as read",
            "",
            request="""
            primary_actor_type  text    `Conversation`, to mark those of one conversation.
            primary_actor_id    int64?  Its number.
            """,
        ),
        Endpoint(
            "POST",
            f"{_ALL}/destroy_all",
            delete_all_notifications,
            "Throw all away",
            "",
            request="type  <read all>  `read` throws away only what was read.",
        ),
        Endpoint("GET", _SETTINGS, show_notification_settings, "Show what the caller wants to be told", "notification-settings"),
        Endpoint(
            "PATCH",
            _SETTINGS,
            update_notification_settings,
            "Say what the caller wants to be told",
            "notification-settings",
            request="""
            selected_email_flags  [text]  By mail, of `all_email_flags`.
            selected_push_flags   [text]  On their devices, of `all_push_flags`.
            """,
            example={"selected_email_flags": ["email_conversation_mention"]},
            wrap="notification_settings",
        ),
    ),
    shapes=(
        shape(
            "notification-list",
            "Counts and a page.",
            """
            meta*     notification-counts  How many there are.
            payload*  [notification](..15)  The page.
            """,
        ),
        shape(
            "notification-counts",
            "How many there are.",
            """
            unread_count*  int64  Unread ones.
            count*         int64  All that were asked for.
            current_page*  int64  The page.
            """,
        ),
        shape(
            "notification",
            "Something that the caller was told.",
            """
            id*                  int64  Its number.
            notification_type*   text   What happened.
            push_message_title*  text   The same in a sentence.
            push_message_body*   text   Who said what, or nothing.
            primary_actor_type*  "Conversation"  Always a conversation.
            primary_actor_id*    int64  The conversation's number.
            primary_actor*       conversation  The conversation.
            read_at*             time?  When it was read.
            secondary_actor*     message | message-user | message-contact | message-bot?  The message, or who did it.
            user*                message-user  The caller.
            created_at*          int64  When it happened.
            last_activity_at*    int64  The same.
            snoozed_until*       time?  Until when it is hidden.
            meta*                object  Always empty.
            account_id*          int64  The account.
            """,
        ),
        shape(
            "notification-row",
            "Something that the caller was told, as its row.",
            """
            id*                    int64  Its number.
            account_id*            int64  The account.
            user_id*               int64  The caller.
            notification_type*     text   What happened.
            primary_actor_type*    "Conversation"  Always a conversation.
            primary_actor_id*      int64  The conversation's number.
            secondary_actor_type*  "Message"?  Where it is about a message.
            secondary_actor_id*    int64?  The message.
            read_at*               time?  When it was read.
            created_at*            time   When it happened.
            updated_at*            time   When it was changed last.
            snoozed_until*         time?  Until when it is hidden.
            last_activity_at*      time   When it happened.
            meta*                  object  Always empty.
            """,
        ),
        shape(
            "notification-settings",
            "What the caller wants to be told.",
            """
            id*                    int64   The caller's number.
            user_id*               int64   The caller.
            account_id*            int64   The account.
            all_email_flags*       [text]  What there is, by mail.
            selected_email_flags*  [text]  What they chose of it.
            all_push_flags*        [text]  What there is, on devices.
            selected_push_flags*   [text]  What they chose of it.
            """,
        ),
    ),
)
