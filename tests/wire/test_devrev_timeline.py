"""timeline-entries.* and reactions.*: over HTTP, against the official document."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.wire import devrev_world
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev
from tests.wire.test_devrev_conversations import ask, insert, is_well

COMMENT = {"type": "timeline_comment"}
EDIT = {**COMMENT, "id": "COMMENT-1"}
SAY = {**COMMENT, "object": "CONV-2", "body": "x"}


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    world = asyncio.run(devrev_world.build(module_database, frozen=1))
    files = [{"id": i, "file_name": f"{i}.txt", "blob_key": f"k{i}", "byte_size": 3, "content_type": "text/plain"} for i in range(21, 30)]
    asyncio.run(insert(module_database, "attachments", *files))
    return Devrev(live.url, world.tokens)


@pytest.fixture
def talk(devrev: Devrev) -> str:
    """A conversation of the contact's, in the inbox that bob is in."""
    body = {"type": "support", "members": ["REVU-1"], "source_channel_v2": "CHAN-1"}
    return str(devrev.call("conversations.create", body, expect=201)["conversation"]["id"])


def say(devrev: Devrev, talk: str, body: str | None = "hi", *, who: str = "ada", **more: Any) -> Any:
    given = {**COMMENT, "object": talk, **({"body": body} if body is not None else {}), **more}
    return devrev.call("timeline-entries.create", given, who=who, expect=201)["timeline_entry"]


def bodies(devrev: Devrev, talk: str, *, who: str = "ada", **more: Any) -> list[str]:
    """What a list shows: a message's words, ``*`` for a change, ``-`` for a deleted one."""
    entries = devrev.call("timeline-entries.list", {"object": talk, "limit": 1000, **more}, who=who)["timeline_entries"]
    return ["*" if one["type"] == "timeline_change_event" else one.get("body", "-") for one in entries]


def test_create_takes_every_field(devrev: Devrev, talk: str, module_database: str) -> None:
    kit = {"body": {"snaps": [1, None, {"a": "b"}]}, "snap_in_action_name": "act", "snap_in_id": "snap-1"}
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    entry = say(
        devrev,
        talk,
        "words",
        body_type="snap_kit",
        snap_kit_body=kit,
        artifacts=["ARTIFACT-21", "ARTIFACT-22"],
        collections=["events"],
        labels=["a", "b"],
        expires_at=soon,
        external_ref="ref-1",
        visibility="private",
        private_to=["DEVU-2"],
        link_previews=[],
    )
    assert (entry["body_type"], entry["snap_kit_body"], entry["labels"], entry["external_ref"]) == ("snap_kit", kit, ["a", "b"], "ref-1")
    assert [file["display_id"] for file in entry["artifacts"]] == ["ARTIFACT-21", "ARTIFACT-22"]
    assert (entry["visibility"], entry["object"], entry["object_type"]) == ("private", talk, "conversation")
    assert devrev.call("timeline-entries.get", {"id": entry["id"]})["timeline_entry"] == entry
    assert devrev.get("timeline-entries.get", f"id={entry['display_id']}").json()["timeline_entry"] == entry
    assert bodies(devrev, talk, collections=["discussions"]) == []
    assert bodies(devrev, talk, collections=["events"]) == ["*", "words"]
    assert is_well(module_database, int(talk.rpartition("/")[2]))
    for who, seen in (("bob", 200), ("contact", 404), ("dora", 404), ("bot", 404), ("globex", 400)):
        assert devrev.post("timeline-entries.get", {"id": entry["id"]}, who=who).status_code == seen, who
    assert say(devrev, talk, None, artifacts=["ARTIFACT-23"]).get("body") is None
    assert say(devrev, talk, None, snap_kit_body=kit)["body_type"] == "snap_kit"
    assert say(devrev, talk, '{"a": 1}', body_type="data")["body_type"] == "data"


def test_a_reference_is_unique_on_its_timeline(devrev: Devrev, talk: str) -> None:
    first = say(devrev, talk, external_ref="mine")
    again = {**COMMENT, "object": talk, "body": "x", "external_ref": "mine"}
    assert devrev.call("timeline-entries.create", again, expect=409)["type"] == "conflict"
    other = say(devrev, talk, external_ref="other")
    change = {**COMMENT, "id": other["id"], "external_ref": "mine"}
    assert devrev.call("timeline-entries.update", change, expect=409)["type"] == "conflict"
    found = devrev.call("timeline-entries.get", {"id": other["id"], "external_ref": "mine"})["timeline_entry"]
    assert found["id"] == first["id"]
    devrev.call("timeline-entries.get", {"id": other["id"], "external_ref": "none"}, expect=404)
    assert (
        "external_ref" not in devrev.call("timeline-entries.update", {**COMMENT, "id": first["id"], "external_ref": None})["timeline_entry"]
    )
    assert devrev.call("timeline-entries.update", change)["timeline_entry"]["external_ref"] == "mine"


def test_an_expired_entry_is_gone(devrev: Devrev, talk: str, module_database: str) -> None:
    entry = say(devrev, talk, "brief", expires_at=(datetime.now(UTC) + timedelta(minutes=2)).isoformat())
    too_soon = {**COMMENT, "object": talk, "body": "x", "expires_at": (datetime.now(UTC) + timedelta(seconds=50)).isoformat()}
    assert devrev.call("timeline-entries.create", too_soon, expect=400)["field_name"] == "expires_at"
    number = int(entry["display_id"].removeprefix("COMMENT-"))
    ask(module_database, "UPDATE messages SET expires_at = now() - interval '1 second' WHERE tenant_id = 1 AND id = $1", number)
    assert bodies(devrev, talk) == ["*", "*"]  # the stage that it moved stays moved
    devrev.call("timeline-entries.get", {"id": entry["id"]}, expect=404)
    devrev.call("timeline-entries.update", {**COMMENT, "id": entry["id"], "body": "x"}, expect=404)
    devrev.call("timeline-entries.delete", {"id": entry["id"]}, expect=404)
    devrev.call("reactions.update", {"object": entry["id"], "emoji": "joy", "action": "add"}, expect=404)


def test_answers_make_a_thread(devrev: Devrev, talk: str) -> None:
    question = say(devrev, talk, "question", who="contact")
    answer = say(devrev, question["id"], "answer")
    assert (answer["object"], answer["object_type"], answer["object_display_id"]) == (
        question["id"],
        "timeline_comment",
        question["display_id"],
    )
    deeper = say(devrev, answer["id"], "deeper", who="contact")
    assert deeper["object"] == question["id"]
    assert bodies(devrev, question["id"]) == ["answer", "deeper"]
    assert bodies(devrev, talk) == ["*", "question", "*", "*"]  # they move the stage and are listed with the question only
    assert devrev.call("timeline-entries.get", {"id": question["id"]})["timeline_entry"]["thread"] == {"total_replies": 2}
    devrev.call("timeline-entries.delete", {"id": answer["id"]})
    assert devrev.call("timeline-entries.get", {"id": question["id"]})["timeline_entry"]["thread"] == {"total_replies": 1}
    say(devrev, question["id"], "among us", visibility="internal")
    for who, seen in (("ada", 2), ("contact", 1)):
        shown = devrev.call("timeline-entries.get", {"id": question["id"]}, who=who)["timeline_entry"]
        assert shown["thread"] == {"total_replies": seen}
    note = say(devrev, talk, "note", visibility="internal")
    assert say(devrev, note["id"], "aside")["visibility"] == "internal"
    wider = {**COMMENT, "object": note["id"], "body": "x", "visibility": "external"}
    assert devrev.call("timeline-entries.create", wider, expect=400)["field_name"] == "visibility"
    devrev.call("timeline-entries.create", {**COMMENT, "object": note["id"], "body": "x"}, who="contact", expect=404)
    devrev.call("timeline-entries.list", {"object": note["id"]}, who="contact", expect=404)


def test_list_filters_and_who_sees_what(devrev: Devrev, talk: str) -> None:
    say(devrev, talk, "from me", who="contact", labels=["x"])
    say(devrev, talk, "reply", labels=["y", "z"])
    say(devrev, talk, "note", visibility="internal", labels=["x"])
    say(devrev, talk, "secret", visibility="private", private_to=["DEVU-5"])
    say(devrev, talk, "everybody", visibility="public")
    own = say(devrev, talk, "to myself", who="contact", visibility="private")
    assert bodies(devrev, talk) == ["*", "from me", "*", "reply", "note", "secret", "everybody"]
    assert bodies(devrev, talk, who="bob") == ["*", "from me", "*", "reply", "note", "everybody"]
    assert bodies(devrev, talk, who="dora") == bodies(devrev, talk)
    assert bodies(devrev, talk, who="contact") == ["from me", "reply", "everybody", "to myself"]
    for asked, expected in (
        ({"collections": ["discussions"]}, ["from me", "reply", "note", "secret", "everybody"]),
        ({"collections": ["events"]}, ["*", "*"]),
        ({"labels": ["x"]}, ["from me", "note"]),
        ({"labels": ["z", "x"]}, ["from me", "reply", "note"]),
        ({"panels": ["customer_chat"]}, ["from me", "reply", "everybody"]),
        ({"panels": ["discussions"]}, ["note", "secret"]),
        ({"panels": ["events", "alerts"]}, ["*", "*"]),
        ({"visibility": ["external"]}, ["*", "from me", "*", "reply"]),
        ({"visibility": ["public", "private"]}, ["secret", "everybody"]),
        ({"created_date": {"before": own["created_date"], "after": own["created_date"]}}, []),
        ({"created_date": {"before": "2020-01-01T00:00:00Z"}}, []),
        ({"created_date": {"after": "2020-01-01T00:00:00Z"}, "visibility": ["internal"]}, ["note"]),
        ({"labels": []}, ["*", "from me", "*", "reply", "note", "secret", "everybody"]),
    ):
        assert bodies(devrev, talk, **asked) == expected, asked
    by_query = devrev.get("timeline-entries.list", f"object={talk}&labels=x&visibility=internal&created_date.after=2020-01-01T00:00:00Z")
    assert [one["body"] for one in by_query.json()["timeline_entries"]] == ["note"]
    assert bodies(devrev, talk, who="contact", visibility=["internal"]) == []
    for who, status in (("globex", 400), ("bot", 200)):
        assert devrev.post("timeline-entries.list", {"object": talk}, who=who).status_code == status
    strange = devrev.call("conversations.create", {"type": "support", "members": ["REVU-4"], "source_channel_v2": "CHAN-2"}, expect=201)
    for who in ("contact", "bob"):
        devrev.call("timeline-entries.list", {"object": strange["conversation"]["id"]}, who=who, expect=404)


def test_default_panels_filter_and_are_not_shown(devrev: Devrev, talk: str) -> None:
    said = say(devrev, talk, "here")
    for panel, wanted in (("customer_chat", ["here"]), ("discussions", []), ("events", ["*", "*"])):
        shown = devrev.call("timeline-entries.list", {"object": talk, "panels": [panel]})["timeline_entries"]
        assert [one.get("body") if one["type"] == "timeline_comment" else "*" for one in shown] == wanted
        assert not any("panels" in one for one in shown)
    assert "panels" not in devrev.call("timeline-entries.get", {"id": said["id"]})["timeline_entry"]


def test_pages_go_both_ways_also_through_equal_times(devrev: Devrev, talk: str, module_database: str) -> None:
    said = [say(devrev, talk, str(n)) for n in range(6)]
    number = int(talk.rpartition("/")[2])
    ask(module_database, "UPDATE messages SET created_at = $2 WHERE tenant_id = 1 AND conversation_number = $1", number, datetime.now(UTC))
    everything = [one["id"] for one in devrev.call("timeline-entries.list", {"object": talk})["timeline_entries"]]
    assert len(everything) == len(said) + 2
    seen: list[str] = []
    body: dict[str, Any] = {"object": talk, "limit": 3}
    while True:
        page = devrev.call("timeline-entries.list", body)
        seen += [one["id"] for one in page["timeline_entries"]]
        if "next_cursor" not in page:
            break
        body |= {"cursor": page["next_cursor"]}
    assert seen == everything
    last = devrev.call("timeline-entries.list", {"object": talk, "limit": 3, "mode": "before"})
    assert [one["id"] for one in last["timeline_entries"]] == everything[-3:]
    before = devrev.call("timeline-entries.list", {"object": talk, "limit": 3, "mode": "before", "cursor": last["prev_cursor"]})
    assert [one["id"] for one in before["timeline_entries"]] == everything[-6:-3]
    for other in ({"object": "CONV-1"}, {"object": talk, "labels": ["x"]}):
        refused = devrev.call("timeline-entries.list", {**other, "cursor": last["prev_cursor"]}, expect=400)
        assert refused["field_name"] == "cursor"


def test_an_update_shows_and_is_told(devrev: Devrev, talk: str, module_database: str) -> None:
    entry = say(devrev, talk, "one giraffe", labels=["a"], artifacts=["ARTIFACT-24"])
    wanted = {**COMMENT, "id": entry["id"], "body": "one walrus", "labels": ["b"], "body_type": "data"}
    now = devrev.call("timeline-entries.update", wanted, who="dora")["timeline_entry"]
    assert (now["body"], now["labels"], now["body_type"], now["modified_by"]["display_id"]) == ("one walrus", ["b"], "data", "DEVU-5")
    assert now["modified_date"] > now["created_date"] == entry["created_date"]
    number = int(talk.rpartition("/")[2])
    data = "(data - 'columns')::text AS data"  # without what the message did to its conversation
    events = f"SELECT kind, {data} FROM events WHERE conversation_number = $1 AND kind LIKE 'message.%' ORDER BY id"
    assert [(row["kind"], row["data"]) for row in ask(module_database, events, number)] == [
        ("message.created", "{}"),
        ("message.updated", '{"changed": ["body", "body_type", "labels"]}'),
    ]
    assert devrev.call("timeline-entries.update", wanted)["timeline_entry"] == now
    assert len(ask(module_database, events, number)) == 2
    files = {**COMMENT, "id": entry["id"], "artifacts": {"add": ["ARTIFACT-25", "ARTIFACT-24"], "remove": ["ARTIFACT-99"]}}
    shown = devrev.call("timeline-entries.update", files)["timeline_entry"]["artifacts"]
    assert [file["display_id"] for file in shown] == ["ARTIFACT-24", "ARTIFACT-25"]
    shown = devrev.call("timeline-entries.update", {**COMMENT, "id": entry["id"], "artifacts": {"set": ["ARTIFACT-25", "ARTIFACT-26"]}})
    assert [file["display_id"] for file in shown["timeline_entry"]["artifacts"]] == ["ARTIFACT-25", "ARTIFACT-26"]
    other = say(devrev, talk, "x")
    taken = devrev.call("timeline-entries.update", {**COMMENT, "id": other["id"], "artifacts": {"set": ["ARTIFACT-25"]}}, expect=400)
    assert (taken["type"], taken["existing_parent"]) == ("artifact_already_attached_to_a_parent", entry["id"])
    kit = {"body": {"x": 1}}
    assert (
        devrev.call("timeline-entries.update", {**COMMENT, "id": other["id"], "snap_kit_body": kit})["timeline_entry"]["snap_kit_body"]
        == kit
    )
    assert is_well(module_database, number)


def test_a_deletion_leaves_the_place_and_nothing_that_was_said(devrev: Devrev, talk: str, module_database: str) -> None:
    entry = say(devrev, talk, "regret", who="contact", labels=["l"], external_ref="r", artifacts=[])
    number = int(talk.rpartition("/")[2])
    devrev.call("reactions.update", {"object": entry["id"], "emoji": "1f44d", "action": "add"})
    conversation = devrev.call("conversations.get", {"id": talk})["conversation"]
    assert devrev.call("timeline-entries.delete", {"id": entry["id"]}) == {}
    gone = devrev.call("timeline-entries.get", {"id": entry["id"]})["timeline_entry"]
    assert not gone.keys() & {"body", "labels", "external_ref", "reactions", "artifacts"}
    assert gone["modified_by"]["display_id"] == "DEVU-1"
    now = devrev.call("conversations.get", {"id": talk})["conversation"]
    assert now["modified_date"] > conversation["modified_date"]
    assert now["last_external_message_date"] == conversation["last_external_message_date"]
    message_id = int(entry["display_id"].removeprefix("COMMENT-"))
    (stone,) = ask(module_database, "SELECT event_id FROM tombstones WHERE noun = 'message' AND id = $1", message_id)
    (event,) = ask(module_database, "SELECT kind, message_id FROM events WHERE id = $1", stone["event_id"])
    assert (event["kind"], event["message_id"]) == ("message.deleted", message_id)
    count = "SELECT count(*) FROM events WHERE conversation_number = $1"
    before = ask(module_database, count, number)
    assert devrev.call("timeline-entries.delete", {"id": entry["id"]}) == {}
    assert ask(module_database, count, number) == before
    for path, body in (
        ("timeline-entries.update", {**COMMENT, "id": entry["id"], "body": "back"}),
        ("reactions.update", {"object": entry["id"], "emoji": "joy", "action": "add"}),
        ("timeline-entries.create", {**COMMENT, "object": entry["id"], "body": "answer"}),
    ):
        assert devrev.call(path, body, expect=400)["type"] == "value_not_permitted"
    say(devrev, talk, "again", external_ref="r")
    assert is_well(module_database, number)


def test_only_the_author_or_an_administrator_changes_an_entry(devrev: Devrev, talk: str) -> None:
    mine, theirs = say(devrev, talk, "agent", who="bob"), say(devrev, talk, "customer", who="contact")
    note = say(devrev, talk, "note", who="bob", visibility="internal")
    for path, more in (("update", {**COMMENT, "body": "x"}), ("delete", {})):
        assert devrev.call(f"timeline-entries.{path}", {**more, "id": theirs["id"]}, who="bob", expect=403)["type"] == "forbidden"
        assert devrev.call(f"timeline-entries.{path}", {**more, "id": mine["id"]}, who="contact", expect=403)["type"] == "forbidden"
        assert devrev.call(f"timeline-entries.{path}", {**more, "id": note["id"]}, who="contact", expect=404)["type"] == "not_found"
        devrev.call(f"timeline-entries.{path}", {**more, "id": mine["display_id"]}, who="globex", expect=404)
        devrev.call(f"timeline-entries.{path}", {**more, "id": mine["id"]}, who="bob")
        devrev.call(f"timeline-entries.{path}", {**more, "id": theirs["id"]}, who="contact")
        devrev.call(f"timeline-entries.{path}", {**more, "id": note["id"]}, who="bot")
    assert devrev.call(
        "timeline-entries.create", {**COMMENT, "object": talk, "body": "x", "visibility": "internal"}, who="contact", expect=403
    )


def test_reactions_both_ways(devrev: Devrev, talk: str, module_database: str) -> None:
    entry = say(devrev, talk, "funny")
    for who, emoji in (
        ("ada", "1f602"),
        ("contact", "joy"),
        ("bob", "😂"),
        ("bob", ":joy:"),
        ("ada", "2764-fe0f"),
        ("bot", "31-fe0f-20e3"),
    ):
        assert devrev.call("reactions.update", {"object": entry["id"], "emoji": emoji, "action": "add"}, who=who) == {}
    shown = devrev.call("timeline-entries.get", {"id": entry["id"]}, who="bob")["timeline_entry"]["reactions"]
    assert [(one["emoji"], one["total_users"], one["reacted"]) for one in shown] == [
        ("1f602", 3, True),
        ("2764-fe0f", 1, False),
        ("31-fe0f-20e3", 1, False),
    ]
    first = devrev.call("reactions.list", {"object": entry["id"], "emoji": "joy", "limit": 2})
    assert [one["display_id"] for one in first["reactors"]] == ["DEVU-1", "REVU-1"]
    rest = devrev.call("reactions.list", {"object": entry["id"], "emoji": "1f602", "limit": 2, "cursor": first["next_cursor"]})
    assert ([one["display_id"] for one in rest["reactors"]], "next_cursor" in rest) == (["DEVU-2"], False)
    assert devrev.get("reactions.list", f"object={entry['display_id']}&emoji=1f525").json() == {"reactors": []}
    for _ in range(2):
        devrev.call("reactions.update", {"object": entry["id"], "emoji": "joy", "action": "remove"}, who="contact")
    left = devrev.call("reactions.list", {"object": entry["id"], "emoji": "joy"}, who="contact")["reactors"]
    assert [one["display_id"] for one in left] == ["DEVU-1", "DEVU-2"]
    changed = ask(
        module_database,
        "SELECT data ->> 'action' AS a FROM events WHERE kind = 'message.updated' AND message_id = $1 ORDER BY id",
        int(entry["display_id"][8:]),
    )
    assert [row["a"] for row in changed] == ["add"] * 5 + ["remove"]
    note = say(devrev, talk, "note", visibility="internal")
    devrev.call("reactions.update", {"object": note["id"], "emoji": "joy", "action": "add"}, who="contact", expect=404)
    devrev.call("reactions.list", {"object": note["id"], "emoji": "joy"}, who="contact", expect=404)
    assert is_well(module_database, int(talk.rpartition("/")[2]))


@pytest.mark.parametrize(
    ("path", "body", "status", "kind", "field"),
    [
        ("timeline-entries.create", {**COMMENT, "object": "CONV-2"}, 400, "missing_required_field", "body"),
        ("timeline-entries.create", {**COMMENT, "body": "x"}, 400, "missing_required_field", "object"),
        ("timeline-entries.create", {"object": "CONV-2", "body": "x"}, 400, "missing_required_field", "type"),
        ("timeline-entries.create", {**COMMENT, "object": "TKT-1", "body": "x"}, 400, "unexpected_id_type", "object"),
        ("timeline-entries.create", {**COMMENT, "object": "COMMENT-999999", "body": "x"}, 404, "not_found", None),
        ("timeline-entries.create", {**COMMENT, "object": "CONV-2", "body": 5}, 400, "unexpected_json_type", "body"),
        ("timeline-entries.create", {**COMMENT, "object": "CONV-2", "body": "x" * 150_001}, 400, "value_not_permitted", "body"),
        ("timeline-entries.create", {**SAY, "body_type": "html"}, 400, "invalid_enum_value", "body_type"),
        ("timeline-entries.create", {**SAY, "body_type": "snap_kit"}, 400, "missing_required_field", "snap_kit_body"),
        ("timeline-entries.create", {**SAY, "body_type": "snap_widget"}, 400, "value_not_permitted", "body_type"),
        ("timeline-entries.create", {**SAY, "snap_widget_body": ["SNAP-1"]}, 400, "value_not_permitted", "snap_widget_body"),
        ("timeline-entries.create", {**SAY, "link_previews": ["SNAP-1"]}, 400, "value_not_permitted", "link_previews"),
        ("timeline-entries.create", {**SAY, "visibility": "secret"}, 400, "invalid_enum_value", "visibility"),
        ("timeline-entries.create", {**SAY, "private_to": ["DEVU-99"]}, 400, "invalid_id", "private_to"),
        ("timeline-entries.create", {**SAY, "labels": ["l" * 65]}, 400, "value_not_permitted", "labels[0]"),
        ("timeline-entries.create", {**SAY, "labels": ["l"] * 17}, 400, "value_not_permitted", "labels"),
        ("timeline-entries.create", {**SAY, "artifacts": ["ARTIFACT-29"] * 51}, 400, "value_not_permitted", "artifacts"),
        ("timeline-entries.create", {**SAY, "artifacts": ["ARTIFACT-999"]}, 400, "invalid_id", "artifacts"),
        ("timeline-entries.create", {**SAY, "external_ref": ""}, 400, "value_not_permitted", "external_ref"),
        ("timeline-entries.create", {**SAY, "panels": ["events"]}, 400, "invalid_field", "panels"),
        ("timeline-entries.create", {**SAY, "collections": ["all"]}, 400, "invalid_enum_value", "collections[0]"),
        ("timeline-entries.get", {}, 400, "missing_required_field", "id"),
        ("timeline-entries.get", {"id": "CONV-1"}, 400, "unexpected_id_type", "id"),
        ("timeline-entries.get", {"id": "EVENT-999999"}, 404, "not_found", None),
        ("timeline-entries.list", {}, 400, "missing_required_field", "object"),
        ("timeline-entries.list", {"object": "CONV-999999"}, 404, "not_found", None),
        ("timeline-entries.list", {"object": "CONV-2", "limit": 0}, 400, "value_not_permitted", "limit"),
        ("timeline-entries.list", {"object": "CONV-2", "mode": "sideways"}, 400, "invalid_enum_value", "mode"),
        ("timeline-entries.list", {"object": "CONV-2", "created_date": {"from": "x"}}, 400, "invalid_field", "created_date.from"),
        ("timeline-entries.list", {"object": "CONV-2", "sort_by": ["x"]}, 400, "invalid_field", "sort_by"),
        ("timeline-entries.update", {**COMMENT, "id": "EVENT-1"}, 400, "unexpected_id_type", "id"),
        ("timeline-entries.update", {**COMMENT, "id": "COMMENT-999999", "body": "x"}, 404, "not_found", None),
        ("timeline-entries.update", {**EDIT, "artifacts": {"set": [], "add": []}}, 400, "value_not_permitted", "artifacts.set"),
        ("timeline-entries.update", {**EDIT, "visibility": "public"}, 400, "invalid_field", "visibility"),
        ("timeline-entries.update", {**EDIT, "link_previews": {"set": ["SNAP-1"]}}, 400, "value_not_permitted", "link_previews"),
        ("timeline-entries.delete", {"id": "COMMENT-999999"}, 404, "not_found", None),
        ("timeline-entries.delete", {"id": "don:core:dvrv-us-1:devo/globex:conversation/1:comment/1"}, 400, "invalid_id", "id"),
        ("reactions.update", {"object": "COMMENT-1", "emoji": "joy"}, 400, "missing_required_field", "action"),
        ("reactions.update", {"object": "COMMENT-1", "emoji": "joy", "action": "toggle"}, 400, "invalid_enum_value", "action"),
        ("reactions.update", {"object": "COMMENT-1", "emoji": "not an emoji", "action": "add"}, 400, "value_not_permitted", "emoji"),
        ("reactions.update", {"object": "COMMENT-1", "emoji": "41", "action": "add"}, 400, "value_not_permitted", "emoji"),
        ("reactions.update", {"object": "COMMENT-1", "emoji": "d800", "action": "add"}, 400, "value_not_permitted", "emoji"),
        ("reactions.update", {"object": "CONV-1", "emoji": "joy", "action": "add"}, 400, "unexpected_id_type", "object"),
        ("reactions.update", {"object": "COMMENT-999999", "emoji": "joy", "action": "add"}, 404, "not_found", None),
        ("reactions.list", {"object": "COMMENT-1"}, 400, "missing_required_field", "emoji"),
        ("reactions.list", {"object": "COMMENT-999999", "emoji": "joy"}, 404, "not_found", None),
        ("reactions.list", {"object": "COMMENT-1", "emoji": "joy", "limit": 0}, 400, "value_not_permitted", "limit"),
    ],
)  # fmt: skip
def test_bad_input_names_the_field_and_changes_nothing(
    devrev: Devrev, module_database: str, path: str, body: dict[str, Any], status: int, kind: str, field: str | None
) -> None:
    state = (
        "SELECT (SELECT sum(version) FROM conversations), (SELECT sum(version) FROM messages),"
        " (SELECT count(*) FROM events WHERE kind NOT LIKE 'notification.%')"
    )
    before = ask(module_database, state)
    answer = devrev.call(path, body, expect=status)
    assert (answer["type"], answer.get("field_name")) == (kind, field), answer
    assert ask(module_database, state) == before
