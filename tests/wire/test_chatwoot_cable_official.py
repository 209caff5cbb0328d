"""The npm client `@rails/actioncable`, as Chatwoot's own dashboard and widget use it: connects, and is told what is documented."""

from __future__ import annotations

import json
import queue
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_public import OPEN, come, open_doors
from tests.wire.chatwoot_world import ADA, BO, CONTACT, FULL, MANAGER, World, build, run
from tests.wire.conftest import Live, free_port, serving
from tests.wire.test_chatwoot_cable import say, token_of

SOURCES = Path(__file__).resolve().parents[1] / "cable"
INSTALL_S, WAIT_S = 180, 30
# Contract 5.2 and 2.2; what is there only sometimes stands apart.
MESSAGE = {
    "id", "content", "account_id", "inbox_id", "conversation_id", "message_type", "created_at", "updated_at", "private", "status",
    "source_id", "content_type", "content_attributes", "sender_type", "sender_id", "external_source_ids", "additional_attributes",
    "processed_message_content", "sentiment", "conversation", "sender", "performer",
}  # fmt: skip
CONVERSATION = {
    "additional_attributes", "can_reply", "channel", "contact_inbox", "id", "inbox_id", "messages", "labels", "meta", "status",
    "custom_attributes", "snoozed_until", "unread_count", "first_reply_created_at", "priority", "waiting_since", "agent_last_seen_at",
    "contact_last_seen_at", "last_activity_at", "timestamp", "created_at", "updated_at", "account_id", "performer",
}  # fmt: skip
SLA = {"applied_sla", "sla_events", "sla_policy_id"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the client and what the lock file pins."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not installed: the official ActionCable client is not asked")
    folder = tmp_path_factory.mktemp("cable")
    for name in ("package.json", "package-lock.json", "client.cjs"):
        shutil.copy(SOURCES / name, folder / name)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_S)
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm could not install the official ActionCable client in {INSTALL_S} s")
    if done.returncode:
        pytest.skip(f"npm could not install the official ActionCable client: {done.stderr[-300:]}")
    return folder


@dataclass
class Official:
    """A running node process: one consumer for each name."""

    process: subprocess.Popen[str]
    told: list[dict[str, Any]] = field(default_factory=list)
    _lines: queue.Queue[str] = field(default_factory=queue.Queue)
    _read: dict[str, int] = field(default_factory=dict)

    def until(self, name: str, **wanted: Any) -> dict[str, Any]:
        """The next line of this consumer that has these values."""
        deadline = time.monotonic() + WAIT_S
        while True:
            while (place := self._read.get(name, 0)) < len(self.told):
                self._read[name] = place + 1
                if (wanted | {"name": name}).items() <= self.told[place].items():
                    return self.told[place]
            try:
                self.told.append(json.loads(self._lines.get(timeout=max(0.01, deadline - time.monotonic()))))
            except queue.Empty:
                raise AssertionError(f"{name}: {wanted} did not come; what came: {[short(one) for one in self.told]}") from None

    def event(self, event: str, name: str = "agent") -> dict[str, Any]:
        return dict(self.until(name, event=event)["data"])

    def perform(self, name: str, action: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"name": name, "action": action}) + "\n")
        self.process.stdin.flush()

    def pump(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)


def short(one: dict[str, Any]) -> str:
    return f"{one['name']}: {one.get('state') or one.get('event')}"


@contextmanager
def connected(client: Path, url: str, **identifiers: dict[str, Any]) -> Iterator[Official]:
    command = ["node", "client.cjs", url.replace("http", "ws", 1) + "/cable", json.dumps(identifiers)]
    process = subprocess.Popen(command, cwd=client, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    official = Official(process)
    reader = threading.Thread(target=official.pump, daemon=True)
    reader.start()
    try:
        yield official
    finally:
        process.kill()
        process.wait()
        reader.join(5)


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    found = run(build(live.dsn, live.url))
    found.raise_ids()
    open_doors(found)
    return found


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def agent_of(world: World, who: str, number: int) -> dict[str, Any]:
    return {"channel": "RoomChannel", "pubsub_token": token_of(world, who), "account_id": 1, "user_id": number}


def test_an_agent_is_told_what_is_documented(client: Path, chatwoot: Chatwoot, world: World) -> None:
    with connected(client, world.url, agent=agent_of(world, "agent", BO)) as official:
        official.until("agent", state="connected")
        assert official.event("presence.update") == {"account_id": 1, "users": {str(BO): "online"}, "contacts": {}}
        sent = say(chatwoot, text="To the dashboard")
        data = official.event("message.created")
        assert set(data) == MESSAGE
        assert (data["id"], data["content"], data["conversation_id"]) == (sent["id"], "To the dashboard", FULL)
        assert (data["message_type"], data["sender_type"], data["sender_id"], data["status"]) == (1, "User", ADA, "sent")
        assert set(data["conversation"]) == {"assignee_id", "unread_count", "last_activity_at", "contact_inbox"}
        assert data["conversation"]["contact_inbox"] == {"source_id": "web-1"}
        chatwoot.post(f"conversations/{FULL}/toggle_status", {"status": "resolved"})
        changed = official.event("conversation.status_changed")
        assert CONVERSATION <= set(changed) <= CONVERSATION | SLA
        assert (changed["id"], changed["status"], changed["meta"]["sender"]["id"]) == (FULL, "resolved", CONTACT)
        chatwoot.post(f"conversations/{FULL}/assignments", {"assignee_id": ADA})
        assigned = official.event("assignee.changed")
        assert CONVERSATION <= set(assigned) <= CONVERSATION | SLA
        assert assigned["meta"]["assignee"]["id"] == ADA
        chatwoot.post(f"conversations/{FULL}/toggle_typing_status", {"typing_status": "on", "is_private": True})
        typing = official.event("conversation.typing_on")
        assert set(typing) == {"conversation", "user", "is_private", "account_id", "performer"}
        assert (typing["conversation"]["id"], typing["user"]["id"], typing["is_private"]) == (FULL, ADA, True)
        chatwoot.post(f"conversations/{FULL}/toggle_typing_status", {"typing_status": "off"})
        assert official.event("conversation.typing_off")["user"]["type"] == "user"


def test_a_contact_and_an_agent_see_each_other(client: Path, chatwoot: Chatwoot, world: World) -> None:
    world.execute("DELETE FROM user_presences", "DELETE FROM contact_presences")
    visitor = come(chatwoot, OPEN, name="Nia")
    number = visitor.start("Anybody here?")
    contact = {"channel": "RoomChannel", "pubsub_token": visitor.shown["pubsub_token"]}
    with connected(
        client, world.url, agent=agent_of(world, "manager", MANAGER), contact=contact, none=contact | {"user_id": 1}
    ) as official:
        official.until("none", state="rejected")
        official.perform("contact", "update_presence")
        official.perform("agent", "update_presence")
        while str(visitor.shown["id"]) not in official.event("presence.update")["contacts"]:
            official.perform("agent", "update_presence")
        while str(MANAGER) not in official.event("presence.update", "contact")["users"]:
            official.perform("contact", "update_presence")
        visitor.post(f"/conversations/{number}/messages", {"content": "From the visitor"})
        told = official.event("message.created")
        assert (told["content"], told["message_type"], told["sender_type"]) == ("From the visitor", 0, "Contact")
        say(chatwoot, number, "From the agent", who="manager")
        while (told := official.event("message.created", "contact"))["content"] != "From the agent":
            assert told["content"] == "From the visitor"
        assert told["sender"]["type"] == "user"


def test_it_comes_again_when_the_server_was_away(client: Path, module_database: str, world: World, tmp_path: Path) -> None:
    port = free_port()
    start: Callable[[], Any] = lambda: serving(module_database, tmp_path, port=port)  # noqa: E731
    with start() as first, connected(client, first.url, agent=agent_of(world, "agent", BO)) as official:
        official.until("agent", state="connected", reconnected=False)
        first.process.terminate()
        assert official.until("agent", state="disconnected")["willAttemptReconnect"] is True
        first.process.join(15)
        with start() as second:
            official.until("agent", state="connected", reconnected=True)
            say(Chatwoot(second.url, world.tokens), text="Back again")
            assert official.event("message.created")["content"] == "Back again"
