"""What DevRev's webhooks are told: real changes over HTTP, then the teller over their events, each body against the official schema."""

from __future__ import annotations

import asyncio
import base64
import functools
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
import pytest

from parley.actions import webhook_secrets
from parley.actions.context import Context
from parley.actions.webhook_challenge import settle
from parley.devrev.event_tellings import teller
from parley.devrev.event_types import EVENT_TYPES
from parley.domain.deliveries import Told, message_key
from parley.domain.principals import Principal, Ref, Tenant
from parley.domain.problems import Forbidden, NotFound
from parley.jobs.events import sequence_events
from parley.store.database import Connection, Database
from parley.store.events import get_head, list_events
from tests.wire import devrev_world, official
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev
from tests.wire.schema import Schema

T = TypeVar("T")
URL = "https://example.org/hook"
_UNNUMBERED = "SELECT EXISTS (SELECT FROM events WHERE tenant_id = 1 AND position IS NULL)"
ACME = Tenant(1, devrev_world.SLUG, "Acme")
ADA = Principal(ACME, Ref("user", devrev_world.ADA), "administrator", can_write=True)


@dataclass(frozen=True)
class Store:
    """The server's database, asked as the server's role."""

    runner: asyncio.Runner
    database: Database

    def inside(self, work: Callable[[Context, Connection], Awaitable[T]]) -> T:
        """Runs in one transaction of the dev org."""

        async def run() -> T:
            async with self.database.write(ACME.id) as connection:
                return await work(Context(self.database, b"key"), connection)

        return self.runner.run(run())


@dataclass
class Listener:
    """A verified webhook, and what it is told of the changes since it was last asked."""

    devrev: Devrev
    store: Store
    made: dict[str, Any]
    position: int = 0
    statements: int = 0

    @property
    def number(self) -> int:
        return int(self.made["display_id"].partition("-")[2])

    def told(self) -> list[dict[str, Any]]:
        """Its envelopes, each as the document has it."""
        return [envelope(one) for one in self.tellings() if one.endpoint.id == self.number]

    def tellings(self) -> list[Told]:
        """What all webhooks of the dev org are told."""

        async def tell(context: Context, connection: Connection) -> list[Told]:
            while await connection.fetchval(_UNNUMBERED):  # the server may be at it, too
                await sequence_events(context.database, ACME.id)
            events = await list_events(connection, ACME.id, self.position, 1000)
            self.position = events[-1].position if events else self.position
            with connection.query_logger(self.count):
                return await teller(context)(connection, ACME, events)

        return self.store.inside(tell)

    def count(self, _: object) -> None:
        self.statements += 1

    def only(self, kind: str) -> dict[str, Any]:
        """The one thing that it was told, of this type."""
        told = self.told()
        assert [one["type"] for one in told] == [kind]
        found: dict[str, Any] = told[0][kind]
        return found

    def status(self) -> str:
        return str(self.devrev.call("webhooks.get", {"id": self.made["id"]})["webhook"]["status"])

    def challenge(self) -> str:
        """The challenge that it was sent last."""
        return str(self.only_verify()["verify"]["challenge"])

    def only_verify(self) -> dict[str, Any]:
        (asked,) = [one for one in self.told() if one["type"] == "verify"]
        return asked

    def answer(self, text: str, *, status: int = 200, later: timedelta = timedelta()) -> bool:
        return self.store.inside(lambda _, connection: settle(connection, ACME.id, self.number, status, text, datetime.now(UTC) + later))


@functools.cache
def event_schema() -> Schema:
    return Schema({"$ref": "#/components/schemas/webhook-event-request"}, official.definitions())


def envelope(told: Told) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(told.body)
    event_schema().check(found)
    assert set(found) == {"id", "webhook_id", "timestamp", "type", told.type}, found
    assert (told.wire, told.endpoint.kind, told.type) == ("devrev", "webhook", found["type"])
    assert found["id"] == message_key(ACME.id, told.event_id, told.type)
    return found


def answering(challenge: str) -> str:
    return json.dumps({"challenge": challenge})


@pytest.fixture(scope="module")
def world(module_database: str) -> devrev_world.World:
    return asyncio.run(devrev_world.build(module_database))


@pytest.fixture(scope="module")
def devrev(world: devrev_world.World, live: Live) -> Devrev:
    return Devrev(live.url, world.tokens)


def make(devrev: Devrev, store: Store, **more: Any) -> Listener:
    """A webhook, not verified yet."""
    head = store.inside(lambda _, connection: get_head(connection, ACME.id))
    return Listener(devrev, store, devrev.call("webhooks.create", {"url": URL} | more, expect=201)["webhook"], head)


def listen(devrev: Devrev, store: Store, **more: Any) -> Listener:
    made = make(devrev, store, **more)
    assert made.answer(answering(made.challenge()))
    made.tellings()  # that it was verified
    return made


@pytest.fixture(scope="module")
def store(live: Live) -> Iterator[Store]:
    with asyncio.Runner() as runner:
        database = runner.run(Database.open(live.dsn, max_connections=2))
        yield Store(runner, database)
        runner.run(database.close())


@pytest.fixture(scope="module")
def everything(devrev: Devrev, store: Store) -> Listener:
    return listen(devrev, store, event_types=list(EVENT_TYPES))


@pytest.fixture
def ear(everything: Listener) -> Listener:
    everything.tellings()
    return everything


def open_conversation(devrev: Devrev, **more: Any) -> str:
    body = {"type": "support", "title": "Where?", "members": ["REVU-1"], "messages": [{"body": "It is late."}]}
    return str(devrev.call("conversations.create", body | more, expect=201)["conversation"]["display_id"])


def test_a_conversation_is_told_from_its_first_message_to_its_end(devrev: Devrev, ear: Listener) -> None:
    shown = open_conversation(devrev)
    created, said = ear.told()
    assert (created["type"], said["type"]) == ("conversation_created", "timeline_entry_created")
    assert created["webhook_id"] == ear.made["id"]
    assert abs(datetime.fromisoformat(created["timestamp"]) - datetime.now(UTC)) < timedelta(minutes=1)
    assert created["conversation_created"] == {"conversation": devrev.call("conversations.get", {"id": shown})["conversation"]}
    entry = said["timeline_entry_created"]["entry"]
    assert (entry["body"], entry["object_display_id"], entry["visibility"]) == ("It is late.", shown, "external")
    assert entry == devrev.call("timeline-entries.get", {"id": entry["id"]})["timeline_entry"]
    devrev.call("conversations.delete", {"id": shown})
    don = created["conversation_created"]["conversation"]["id"]
    assert ear.only("conversation_deleted") == {"id": don}


def test_a_change_tells_what_was_before(devrev: Devrev, ear: Listener) -> None:
    shown = open_conversation(devrev, owned_by=["DEVU-2"], tags=[{"id": "TAG-1"}, {"id": "TAG-2", "value": "pro: b"}], group="GROUP-1")
    before = devrev.call("conversations.get", {"id": shown})["conversation"]
    ear.told()
    change = {
        "title": "Found", "description": "d", "stage": {"name": "resolved"}, "owned_by": {"set": ["SVCACC-1", "DEVU-1"]},
        "tags": {"set": [{"id": "TAG-3"}]}, "group": "GROUP-2", "account": "ACC-2", "is_spam": True,
        "members": {"set": ["REVU-2", "DEVU-1"]}, "channels": {"set": ["CHAN-2", "CHAN-3"]}, "applies_to_parts": {"set": ["PROD-1"]},
        "custom_fields": {"tnt__tier": "gold"}, "metadata": {"url_context": "https://x.test"}, "sentiment": 2,
    }  # fmt: skip
    devrev.call("conversations.update", {"id": shown} | change)
    updated, told = ear.told()
    inside_of = updated["conversation_updated"]
    assert inside_of["conversation"] == devrev.call("conversations.get", {"id": shown})["conversation"]
    not_kept = {"messages", "modified_by", "modified_date"}
    assert inside_of["old_conversation"] == {key: value for key, value in before.items() if key not in not_kept}
    assert told["type"] == "timeline_entry_created"
    event = told["timeline_entry_created"]["entry"]["event"]["updated"]
    assert {one["name"] for one in event["field_deltas"]} >= {"title", "stage", "owned_by", "tags", "members"}
    devrev.call("conversations.update", {"id": shown, "custom_fields": {"tnt__tier": "silver"}, "stage": {"name": "needs_response"}})
    old = ear.told()[0]["conversation_updated"]["old_conversation"]
    assert (old["custom_fields"]["tnt__tier"], old["stage"]["name"], old["title"]) == ("gold", "resolved", "Found")


def test_an_entry_is_told_as_it_changes(devrev: Devrev, ear: Listener) -> None:
    shown = open_conversation(devrev)
    ear.told()
    note = {"type": "timeline_comment", "object": shown, "body": "For us.", "visibility": "internal"}
    entry = devrev.call("timeline-entries.create", note, expect=201)["timeline_entry"]
    assert ear.only("timeline_entry_created")["entry"] == entry
    devrev.call("timeline-entries.update", {"id": entry["id"], "type": "timeline_comment", "body": "For all of us."})
    changed = ear.only("timeline_entry_updated")
    assert (set(changed), changed["entry"]["body"]) == ({"entry"}, "For all of us.")
    devrev.call("reactions.update", {"object": entry["id"], "emoji": "1f44d", "action": "add"})
    (reaction,) = ear.only("timeline_entry_updated")["reactions"]
    assert (reaction["action"], reaction["emoji"], reaction["reactor"]["display_id"]) == ("added", "1f44d", "DEVU-1")
    devrev.call("reactions.update", {"object": entry["id"], "emoji": "1f44d", "action": "remove"})
    assert ear.only("timeline_entry_updated")["reactions"][0]["action"] == "removed"
    devrev.call("timeline-entries.delete", {"id": entry["id"]})
    assert ear.only("timeline_entry_deleted") == {"id": entry["id"]}


def test_what_is_private_is_never_told(devrev: Devrev, ear: Listener) -> None:
    shown = open_conversation(devrev)
    ear.told()
    body = {"type": "timeline_comment", "object": shown, "body": "Between us.", "visibility": "private", "private_to": ["DEVU-2"]}
    entry = devrev.call("timeline-entries.create", body, expect=201)["timeline_entry"]
    devrev.call("timeline-entries.update", {"id": entry["id"], "type": "timeline_comment", "body": "Still between us."})
    devrev.call("reactions.update", {"object": entry["id"], "emoji": "1f44d", "action": "add"})
    devrev.call("conversations.update", {"id": shown, "title": "Other"})
    assert "etween us" not in json.dumps(told := ear.told())
    assert [one["type"] for one in told] == ["conversation_updated", "timeline_entry_created"]
    devrev.call("timeline-entries.delete", {"id": entry["id"]})
    assert ear.told() == []


def test_customers_are_told(devrev: Devrev, ear: Listener) -> None:
    account = devrev.call("accounts.create", {"display_name": "Umbrella"}, expect=201)
    told = {one["type"]: one[one["type"]] for one in ear.told()}
    assert told == {"account_created": {"account": account["account"]}, "rev_org_created": {"rev_org": account["default_rev_org"]}}
    number = account["account"]["id"]
    changed = devrev.call("accounts.update", {"id": number, "tier": "one"})["account"]
    assert ear.only("account_updated") == {"account": changed}
    org = devrev.call("rev-orgs.create", {"display_name": "Umbrella DE", "account": number}, expect=201)["rev_org"]
    user = devrev.call("rev-users.create", {"display_name": "Eve", "rev_org": org["id"], "email": "eve@example.test"}, expect=201)
    assert [one[one["type"]] for one in ear.told()] == [{"rev_org": org}, user]
    other = devrev.call("rev-users.create", {"display_name": "Eva"}, expect=201)["rev_user"]
    ear.told()
    body = {"primary_user": other["id"], "secondary_user": user["rev_user"]["id"]}
    devrev.call("rev-users.merge", body)
    merged = {one["type"]: one[one["type"]] for one in ear.told()}
    assert merged["rev_user_deleted"] == {"id": user["rev_user"]["id"]}
    assert merged["rev_user_updated"] == {"rev_user": devrev.call("rev-users.get", {"id": other["id"]})["rev_user"]}
    devrev.call("rev-users.delete", {"id": other["id"]})
    assert ear.only("rev_user_deleted") == {"id": other["id"]}
    devrev.call("accounts.delete", {"id": number})
    gone = {one["type"]: one[one["type"]] for one in ear.told()}
    assert gone["account_deleted"] == {"id": number}
    assert gone["rev_org_deleted"]["id"].rpartition(":")[2].startswith("revo/")


def test_people_and_groups_are_told(devrev: Devrev, ear: Listener) -> None:
    user = devrev.call("dev-users.create", {"full_name": "Finn", "email": "finn@acme.test", "state": "shadow"}, expect=201)["dev_user"]
    assert ear.only("dev_user_created") == {"dev_user": user}
    changed = devrev.call("dev-users.update", {"id": user["id"], "job_title": "qa"})["dev_user"]
    assert ear.only("dev_user_updated") == {"dev_user": changed}
    made = devrev.call("groups.create", {"name": "Night", "description": "d", "type": "static"}, expect=201)["group"]
    assert ear.only("group_created") == {"group": made}
    devrev.call("groups.members.add", {"group": made["id"], "member": user["id"]})
    added = ear.only("group_member_added")
    assert (added["group"]["display_id"], added["member"]["display_id"]) == (made["display_id"], user["display_id"])
    devrev.call("groups.members.remove", {"group": made["id"], "member": user["id"]})
    assert ear.only("group_member_removed") == added
    renamed = devrev.call("groups.update", {"id": made["id"], "name": "Day"})["group"]
    assert ear.only("group_updated") == {"group": renamed}
    devrev.call("dev-users.merge", {"primary_user": "DEVU-1", "secondary_user": user["id"]})
    told = {one["type"]: one[one["type"]] for one in ear.told()}
    assert told["dev_user_deleted"] == {"id": user["id"]}
    assert told["dev_user_updated"]["dev_user"]["display_id"] == "DEVU-1"


def test_structure_is_told(devrev: Devrev, ear: Listener) -> None:
    tag = devrev.call("tags.create", {"name": "late"}, expect=201)["tag"]
    assert ear.only("tag_created") == {"tag": tag}
    part = devrev.call("parts.create", {"type": "product", "name": "Boat", "owned_by": ["DEVU-1"]}, expect=201)["part"]
    assert ear.only("part_created") == {"part": part}
    work = devrev.call(
        "works.create", {"type": "issue", "title": "Leak", "applies_to_part": part["id"], "owned_by": ["DEVU-1"]}, expect=201
    )
    assert ear.only("work_created") == work
    link = {"link_type": "is_related_to", "source": work["work"]["id"], "target": part["id"]}
    made = devrev.call("links.create", link, expect=201)["link"]
    assert ear.only("link_created") == {"link": made}
    changed = devrev.call("works.update", {"type": "issue", "id": work["work"]["id"], "title": "Flood"})
    assert ear.only("work_updated") == changed
    for path, one, kind in (
        ("links.delete", made, "link_deleted"),
        ("works.delete", work["work"], "work_deleted"),
        ("parts.delete", part, "part_deleted"),
        ("tags.delete", tag, "tag_deleted"),
    ):
        devrev.call(path, {"id": one["id"]})
        assert ear.only(kind) == {"id": one["id"]}


def test_a_tracker_is_told(devrev: Devrev, ear: Listener, live: Live) -> None:
    shown = open_conversation(devrev)
    ear.told()
    url = f"{live.url}/api/v1/accounts/1/conversations/{shown.partition('-')[2]}"
    headers = {"api_access_token": devrev.tokens["ada"]}
    assert httpx.patch(url, json={"sla_policy_id": 1}, headers=headers).is_success
    told = {one["type"]: one[one["type"]] for one in ear.told()}
    tracker = told["sla_tracker_created"]["sla_tracker"]
    assert tracker == devrev.call("sla-trackers.get", {"id": tracker["id"]})["sla_tracker"]
    assert set(told) == {"conversation_updated", "sla_tracker_created", "timeline_entry_created"}
    tracked = devrev.call("conversations.get", {"id": "CONV-1"})["conversation"]
    metric = tracked["sla_summary"]["sla_tracker"]["metric_target_summaries"][0]["metric_definition"]["id"]
    devrev.call("conversations.update", {"id": "CONV-1", "is_frozen": False})
    ear.told()
    changed = devrev.call("sla-trackers.remove-metric", {"object": "CONV-1", "metric": metric})["sla_tracker"]
    assert ear.only("sla_tracker_updated") == {"sla_tracker": changed}


def test_a_webhook_is_told_without_its_secret(devrev: Devrev, ear: Listener) -> None:
    made = devrev.call("webhooks.create", {"url": f"{URL}/other"}, expect=201)["webhook"]
    assert ear.only("webhook_created") == {"webhook": made | {"secret": ""}}
    changed = devrev.call("webhooks.update", {"id": made["id"], "event_types": {"set": ["tag_created"]}})["webhook"]
    assert ear.only("webhook_updated") == {"webhook": changed | {"secret": ""}}
    devrev.call("webhooks.delete", {"id": made["id"]})
    assert ear.only("webhook_deleted") == {"id": made["id"]}


def test_chatwoots_webhooks_are_not_told_of_here(devrev: Devrev, ear: Listener, live: Live) -> None:
    url, headers = f"{live.url}/api/v1/accounts/1/webhooks", {"api_access_token": devrev.tokens["ada"]}
    made = httpx.post(url, json={"url": URL, "subscriptions": ["message_created"]}, headers=headers)
    number = made.json()["payload"]["webhook"]["id"]
    httpx.patch(f"{url}/{number}", json={"url": f"{URL}/2", "subscriptions": ["message_created"]}, headers=headers)
    assert httpx.delete(f"{url}/{number}", headers=headers).is_success
    assert ear.tellings() == []


def test_only_types_that_were_asked_for_and_only_after_the_verification(devrev: Devrev, store: Store) -> None:
    made = make(devrev, store, event_types=["tag_created"])
    devrev.call("tags.create", {"name": "too early"}, expect=201)
    assert [one["type"] for one in made.told()] == ["verify"]
    head = made.position
    devrev.call("tags.create", {"name": "early"}, expect=201)
    assert made.answer(answering(store.inside(challenge_of(made))))
    devrev.call("brands.create", {"name": "Green"}, expect=201)
    tag = devrev.call("tags.create", {"name": "in time"}, expect=201)["tag"]
    devrev.call("tags.update", {"id": tag["id"], "description": "d"})
    made.position = head
    (told,) = made.told()
    assert told["tag_created"]["tag"]["name"] == "in time"
    devrev.call("webhooks.update", {"id": made.made["id"], "action": "deactivate"})
    devrev.call("tags.create", {"name": "nobody listens"}, expect=201)
    assert made.told() == []


def challenge_of(made: Listener) -> Callable[[Context, Connection], Awaitable[str]]:
    """The open challenge, as nobody but the endpoint and the server know it."""

    async def ask(_: Context, connection: Connection) -> str:
        return str(await connection.fetchval("SELECT challenge FROM webhooks WHERE tenant_id = 1 AND id = $1", made.number))

    return ask


def test_things_of_one_lane_keep_their_order_and_ids_stay(devrev: Devrev, ear: Listener) -> None:
    shown = open_conversation(devrev)
    devrev.call("conversations.update", {"id": shown, "title": "Second"})
    start = ear.position
    first = [one for one in ear.tellings() if one.endpoint.id == ear.number]
    number = shown.partition("-")[2]
    assert [(one.type, one.lane) for one in first] == [
        ("conversation_created", f"conversation:{number}"),
        ("timeline_entry_created", f"conversation:{number}"),
        ("conversation_updated", f"conversation:{number}"),
        ("timeline_entry_created", f"conversation:{number}"),
    ]
    ear.position = start
    again = [one for one in ear.tellings() if one.endpoint.id == ear.number]
    assert [json.loads(one.body)["id"] for one in again] == [json.loads(one.body)["id"] for one in first]
    assert len({json.loads(one.body)["id"] for one in first}) == 4


def test_what_is_gone_is_told_by_its_deletion_alone(devrev: Devrev, ear: Listener) -> None:
    shown = open_conversation(devrev)
    devrev.call("conversations.delete", {"id": shown})
    assert [one["type"] for one in ear.told()] == ["conversation_deleted"]


def test_statements_do_not_grow_with_the_events(devrev: Devrev, ear: Listener) -> None:
    def change(times: int) -> int:
        for place in range(times):
            shown = open_conversation(devrev, tags=[{"id": "TAG-1"}])
            devrev.call("conversations.update", {"id": shown, "title": f"T{place}", "owned_by": {"set": ["DEVU-1"]}})
            devrev.call("rev-users.create", {"display_name": f"R{place}"}, expect=201)
        ear.statements = 0
        assert len(ear.told()) == 5 * times
        return ear.statements

    assert change(1) == change(4) < 60


def test_a_dev_org_without_webhooks_costs_one_statement(store: Store, ear: Listener) -> None:
    sent: list[str] = []

    async def tell(context: Context, connection: Connection) -> list[Told]:
        events = await list_events(connection, ACME.id, 0, 1000)
        assert events
        with connection.query_logger(lambda record: sent.append(record.query)):
            return await teller(context)(connection, Tenant(2, "globex", "Globex"), events)

    assert store.inside(tell) == []
    assert len(sent) == 1


def test_a_challenge_is_answered(devrev: Devrev, store: Store) -> None:
    made = make(devrev, store)
    asked = made.only_verify()
    assert asked["webhook_id"] == made.made["id"]
    challenge = asked["verify"]["challenge"]
    assert len(base64.b64decode(challenge, validate=True)) == 32
    wrong = [answering("other"), challenge, "{}", "", "[]", json.dumps({"challenge": 1}), json.dumps(challenge), "\ud800"]
    assert not any(made.answer(text) for text in wrong)
    assert not made.answer(answering(challenge), status=500)
    assert not made.answer(answering(challenge), status=302)
    assert not made.answer(answering(challenge), later=timedelta(minutes=3, seconds=1))
    assert made.status() == "unverified"
    made.devrev.call("webhooks.update", {"id": made.made["id"], "event_types": {"set": ["webhook_updated"]}})
    made.told()
    assert made.answer(answering(challenge))
    assert made.status() == "active"
    assert made.only("webhook_updated")["webhook"]["status"] == "active"
    assert not made.answer(answering(challenge)), "a challenge is answered once"


def test_a_verify_is_not_told_when_its_time_is_over_or_another_took_its_place(devrev: Devrev, store: Store) -> None:
    made = make(devrev, store)
    start, first = made.position, made.challenge()
    devrev.call("webhooks.update", {"id": made.made["id"], "action": "activate"})
    second = made.challenge()
    assert first != second
    assert not made.answer(answering(first))
    made.position = start
    assert made.challenge() == second, "both changes are asked about once"
    expire(made)
    made.position = start
    assert made.told() == []
    devrev.call("webhooks.update", {"id": made.made["id"], "action": "activate"})
    assert made.answer(answering(made.challenge()))
    assert made.status() == "active"


def expire(made: Listener) -> None:
    text = "UPDATE webhooks SET challenge_until = now() - interval '1 second' WHERE tenant_id = 1 AND id = $1"
    made.store.inside(lambda _, connection: connection.execute(text, made.number))


def test_a_new_address_is_asked_before_it_is_told(devrev: Devrev, store: Store) -> None:
    made = listen(devrev, store, event_types=["tag_created"])
    devrev.call("webhooks.update", {"id": made.made["id"], "url": f"{URL}/new"})
    assert made.status() == "unverified"
    devrev.call("tags.create", {"name": "moving"}, expect=201)
    (asked,) = [one for one in made.tellings() if one.endpoint.id == made.number]
    assert (asked.type, asked.lane, asked.endpoint.url) == ("verify", "verify", f"{URL}/new")
    devrev.call("webhooks.update", {"id": made.made["id"], "action": "deactivate"})
    assert made.answer(answering(envelope(asked)["verify"]["challenge"]))
    assert made.status() == "inactive", "whoever made it inactive meant it"
    devrev.call("webhooks.update", {"id": made.made["id"], "action": "activate"})
    assert made.status() == "active"


def secrets_of(made: Listener) -> tuple[bytes, bytes | None, datetime | None]:
    text = "SELECT secret, previous_secret, previous_secret_until FROM webhooks WHERE tenant_id = 1 AND id = $1"

    async def ask(_: Context, connection: Connection) -> tuple[bytes, bytes | None, datetime | None]:
        return tuple(await connection.fetchrow(text, made.number))  # type: ignore[return-value, arg-type]

    return made.store.inside(ask)


def test_a_new_secret_stops_no_event_and_both_sign_for_a_day(devrev: Devrev, store: Store) -> None:
    made = listen(devrev, store, event_types=["tag_created"])
    old = base64.b64decode(made.made["secret"])
    changed = devrev.call("webhooks.update", {"id": made.made["id"], "secret": ""})["webhook"]
    assert changed["status"] == "active"
    devrev.call("tags.create", {"name": "rotating"}, expect=201)
    asked, told = made.told()
    assert (asked["type"], told["type"]) == ("verify", "tag_created")
    secret, previous, until = secrets_of(made)
    assert (secret, previous) == (base64.b64decode(changed["secret"]), old)
    assert until is not None
    assert timedelta(hours=23) < until - datetime.now(UTC) < timedelta(hours=25)
    start = made.position
    devrev.call("tags.create", {"name": "rotated"}, expect=201)
    assert made.answer(answering(asked["verify"]["challenge"]))
    made.position = start
    assert [one["type"] for one in made.told()] == ["tag_created"], "events before the answer are told too"
    devrev.call("webhooks.update", {"id": made.made["id"], "url": f"{URL}/moved"})
    assert secrets_of(made)[1:] == (None, None), "a new address never knew the secret before"


def rotate(made: Listener, principal: Principal = ADA) -> bytes:
    return made.store.inside(
        lambda context, connection: webhook_secrets.rotate(context.inside(connection, ACME.id), principal, made.number),
    )


def test_rotating_a_secret_of_either_wire(devrev: Devrev, live: Live, store: Store) -> None:
    made = listen(devrev, store)
    old = base64.b64decode(made.made["secret"])
    fresh = rotate(made)
    assert (len(fresh), secrets_of(made)[:2]) == (32, (fresh, old))
    newest = rotate(made)
    assert secrets_of(made)[:2] == (newest, fresh)
    waiting = make(devrev, store)
    assert secrets_of(waiting)[1] is None
    rotate(waiting)
    assert secrets_of(waiting)[1] is None, "nothing was ever signed with it"
    url, headers = f"{live.url}/api/v1/accounts/1/webhooks", {"api_access_token": devrev.tokens["ada"]}
    answer = httpx.post(url, json={"url": f"{URL}/rotated"}, headers=headers).json()["payload"]["webhook"]
    other = Listener(devrev, store, {"display_id": f"WEBHOOK-{answer['id']}"})
    before = secrets_of(other)[0]
    shown = rotate(other).decode()
    assert (len(shown), secrets_of(other)[:2]) == (24, (shown.encode(), before))
    with pytest.raises(NotFound):
        rotate(Listener(devrev, store, {"display_id": "WEBHOOK-999999"}))
    with pytest.raises(Forbidden):
        rotate(made, Principal(ACME, Ref("user", devrev_world.BOB), "agent", can_write=True))


def test_an_object_is_fetched_for_one_webhook(devrev: Devrev, store: Store, ear: Listener) -> None:
    made = listen(devrev, store, event_types=["work_fetched"])
    work = devrev.call("works.create", {"type": "ticket", "title": "Late", "applies_to_part": "PROD-1", "owned_by": ["DEVU-1"]}, expect=201)
    ear.told()
    made.told()
    assert devrev.call("webhooks.fetch", {"id": made.made["id"], "object": work["work"]["id"]}) == {}
    told = made.only("work_fetched")
    assert told == {"id": work["work"]["id"], "result": "ok", "work": work["work"]}
    assert ear.told() == [], "it was asked for another webhook"
    devrev.call("webhooks.fetch", {"id": made.made["id"], "object": "ISS-999999"})
    missing = made.only("work_fetched")
    assert (missing["result"], set(missing)) == ("not_found", {"id", "result"})
    tracker = devrev.call("conversations.get", {"id": "CONV-1"})["conversation"]["sla_tracker"]
    devrev.call("webhooks.fetch", {"id": ear.made["id"], "object": tracker["display_id"]})
    assert ear.only("sla_tracker_fetched")["sla_tracker"]["id"] == tracker["id"]
    devrev.call("webhooks.fetch", {"id": ear.made["id"], "object": "SLAT-999999"})
    assert ear.only("sla_tracker_fetched")["result"] == "not_found"


@pytest.mark.parametrize(
    ("body", "status", "kind", "field"),
    [
        ({"object": "TKT-1"}, 400, "missing_required_field", "id"),
        ({"id": "{made}"}, 400, "missing_required_field", "object"),
        ({"id": "{made}", "object": "CONV-1"}, 400, "unexpected_id_type", "object"),
        ({"id": "{made}", "object": "SLAT-1"}, 400, "value_not_permitted", "id"),
        ({"id": "{made}", "object": "TKT-x"}, 400, "invalid_id", "object"),
        ({"id": "{waiting}", "object": "TKT-1"}, 400, "value_not_permitted", "id"),
        ({"id": "WEBHOOK-999999", "object": "TKT-1"}, 404, "not_found", None),
    ],
)
def test_a_fetch_that_cannot_be(devrev: Devrev, store: Store, body: dict[str, str], status: int, kind: str, field: str | None) -> None:
    made = listen(devrev, store, event_types=["work_fetched"])
    waiting = make(devrev, store, event_types=["work_fetched"])
    ids = {"made": made.made["display_id"], "waiting": waiting.made["display_id"]}
    given = {key: value.format(**ids) for key, value in body.items()}
    answer = devrev.call("webhooks.fetch", given, expect=status)
    assert (answer["type"], answer.get("field_name")) == (kind, field)
    assert made.told() == []


def test_another_dev_org_fetches_nothing(devrev: Devrev, store: Store) -> None:
    made = listen(devrev, store, event_types=["work_fetched"])
    devrev.call("webhooks.fetch", {"id": made.made["display_id"], "object": "TKT-1"}, who="globex", expect=404)
    devrev.call("webhooks.fetch", {"id": made.made["display_id"], "object": "TKT-1"}, who="bob", expect=403)
    assert made.told() == []
