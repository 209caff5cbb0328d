"""`parley webhooks` and `parley events`, as processes beside a running server."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from parley.cli.main import app
from tests.integration.test_cli import Parley
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import FULL, World, build, run
from tests.wire.conftest import Live, serving
from tests.wire.hook import Hook, hooked, wait_for

ACME = ("--tenant", "acme")


@pytest.fixture(scope="module")
def live(module_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    settings = {"outgoing_networks": "loopback", "webhook_retry_s": "0.2"}
    with serving(module_database, tmp_path_factory.mktemp("serve"), **settings) as server:  # type: ignore[arg-type]
        yield server


@pytest.fixture(scope="module")
def chatwoot(live: Live) -> Chatwoot:
    world: World = run(build(live.dsn, live.url))
    world.raise_ids()
    return Chatwoot(live.url, world.tokens)


class Here(Parley):
    """The same commands inside this process: a new one for each costs seconds."""

    def run(self, *words: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        done = CliRunner().invoke(app, list(words), input=stdin, env={**self.environment, **variables})
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def parley(live: Live, tmp_path_factory: pytest.TempPathFactory) -> Here:
    return Here(tmp_path_factory.mktemp("data"), live.dsn)


@pytest.fixture(scope="module")
def hook() -> Iterator[Hook]:
    with hooked() as one:
        yield one


@pytest.fixture(scope="module")
def webhook(chatwoot: Chatwoot, hook: Hook) -> int:
    body = {"url": hook.url, "subscriptions": ["message_created"]}
    return int(chatwoot.post("webhooks", body)["payload"]["webhook"]["id"])


def say(chatwoot: Chatwoot, text: str) -> None:
    chatwoot.post(f"conversations/{FULL}/messages", {"content": text})


def log(parley: Parley, *words: str) -> list[dict[str, Any]]:
    return list(parley.json("webhooks", "deliveries", *ACME, *words)["deliveries"])


def test_a_failed_delivery_is_found_shown_and_sent_again(parley: Parley, chatwoot: Chatwoot, hook: Hook, webhook: int) -> None:
    hook.status = 500
    say(chatwoot, "from the terminal")
    failed = wait_for(lambda: log(parley, "--state", "failed", "--webhook", str(webhook)), 60)
    number = failed[0]["id"]
    whole = parley.json("webhooks", "show", *ACME, str(number))
    assert json.loads(whole["body"])["content"] == "from the terminal"
    assert [(one["status"], one["answer"]) for one in whole["tries"]] == [(500, "I say 500")] * 2
    shown = parley.run("webhooks", "show", *ACME, str(number)).stdout
    assert "state: failed\n" in shown
    assert "I say 500" in shown
    listed = parley.json("webhooks", "list", *ACME)["webhooks"]
    assert [(one["id"], one["health"]["state"]) for one in listed] == [(webhook, "failing")]
    assert hook.url in parley.run("webhooks", "list", *ACME).stdout
    hook.status = 200
    assert parley.json("webhooks", "redeliver", *ACME, str(number)) == {"redelivered": 1}
    assert wait_for(lambda: hook.seen[-1][0]["webhook-id"] == failed[0]["message_id"] and len(hook.seen) == 3)
    assert wait_for(lambda: log(parley, "--state", "delivered"))[0]["attempts"] == 3
    table = parley.run("webhooks", "deliveries", *ACME).stdout
    assert "message_created" in table
    assert "delivered" in table


def test_a_range_is_asked_about_before_it_is_sent(parley: Parley, hook: Hook, webhook: int) -> None:
    before = len(hook.seen)
    refused = parley.run("webhooks", "redeliver", *ACME, "--since", "2020-01-01", stdin="n\n")
    assert refused.returncode == 1
    assert "again?" in refused.stderr
    assert "say which" in parley.refused("webhooks", "redeliver", *ACME)
    assert "--since: never is no time" in parley.refused("webhooks", "redeliver", *ACME, "--since", "never")
    assert len(hook.seen) == before
    done = parley.run("webhooks", "redeliver", *ACME, "--webhook", str(webhook), "--yes")
    assert done.stdout == "1 deliveries will be sent again.\n"
    assert wait_for(lambda: len(hook.seen) == before + 1)


def test_a_webhook_is_tried_switched_on_and_given_another_secret(parley: Parley, chatwoot: Chatwoot, hook: Hook, webhook: int) -> None:
    number = parley.json("webhooks", "test", *ACME, str(webhook))["delivery_id"]
    assert wait_for(lambda: json.loads(hook.seen[-1][1])["event"] == "webhook_test")
    assert parley.json("webhooks", "show", *ACME, str(number))["event_type"] == "webhook_test"
    old = chatwoot.get("webhooks")["payload"]["webhooks"][0]["secret"]
    assert parley.run("webhooks", "rotate-secret", *ACME, str(webhook)).stdout.startswith("whsec_")
    assert chatwoot.get("webhooks")["payload"]["webhooks"][0]["secret"] != old
    assert parley.json("webhooks", "activate", *ACME, str(webhook))["status"] == "active"
    assert "no such webhook" in parley.refused("webhooks", "test", *ACME, "999")
    assert "no delivery 999999" in parley.refused("webhooks", "show", *ACME, "999999")
    assert parley.refused("webhooks", "list", "--tenant", "nowhere")


def test_tail_follows_and_goes_on_after_a_position(parley: Parley, chatwoot: Chatwoot) -> None:
    begun = threading.Timer(2, lambda: say(chatwoot, "followed"))
    begun.start()
    lines = parley.run("events", "tail", *ACME, "--types", "message.*", "--limit", "1", "--json").stdout.splitlines()
    begun.join()
    one = json.loads(lines[0])
    assert (one["type"], one["object"]["body"], len(lines)) == ("message.created", "followed", 1)
    again = parley.run("events", "tail", *ACME, "--after", str(one["position"] - 1), "--limit", "1")
    assert again.stdout.startswith(f"{one['position']}  {one['created_at'][:19]}  message.created  user 1  CONV-{FULL}  message")
    assert "was not given yet" in parley.refused("events", "tail", *ACME, "--after", "99999999")
    assert "types takes kinds" in parley.refused("events", "tail", *ACME, "--types", "Messages!")


def test_ctrl_c_ends_tail(parley: Parley) -> None:
    command = [sys.executable, "-m", "parley", "events", "tail", *ACME, "--after", "0"]
    with subprocess.Popen(command, env=parley.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as tail:
        assert tail.stdout is not None
        assert tail.stdout.readline().startswith("1  ")
        tail.send_signal(signal.SIGINT)
        _, errors = tail.communicate(timeout=20)
    assert "Traceback" not in errors


def test_replay_sends_what_is_there_again_and_makes_what_is_missing(
    parley: Parley, chatwoot: Chatwoot, hook: Hook, webhook: int, live: Live
) -> None:
    position = json.loads(parley.run("events", "tail", *ACME, "--after", "0", "--limit", "1", "--json").stdout)["position"]
    say(chatwoot, "replayed one")
    say(chatwoot, "replayed two")
    assert wait_for(lambda: [json.loads(body).get("content") for _, body in hook.seen][-1:] == ["replayed two"])
    first = next(one for one in hook.seen if json.loads(one[1]).get("content") == "replayed one")
    wait_for(lambda: not log(parley, "--state", "sending"))
    lost = "DELETE FROM deliveries WHERE tenant_id = 1 AND message_key = $$" + first[0]["webhook-id"] + "$$"
    World(live.url, live.dsn).execute(lost)
    before, everything = len(hook.seen), log(parley, "--webhook", str(webhook))
    of_events = [one for one in everything if one["event_type"] == "message_created"]
    asked = ("events", "replay", *ACME, "--after", str(position), "--webhook", str(webhook), "--types", "message.created")
    refused = parley.run(*asked, stdin="n\n")
    assert refused.returncode == 1
    assert f"{len(of_events)} deliveries to send again, 1 to make. Go on?" in refused.stderr
    assert len(hook.seen) == before
    done = json.loads(parley.run(*asked, "--yes", "--json").stdout)
    assert (done["again"], done["missing"]) == (len(of_events), 1)
    hook.wait(before + len(of_events) + 1)
    sent = {headers["webhook-id"] for headers, _ in hook.seen[before:]}
    assert sent == {one["message_id"] for one in of_events} | {first[0]["webhook-id"]}
    assert json.loads(next(body for headers, body in hook.seen[before:] if headers["webhook-id"] == first[0]["webhook-id"]))["content"] == (
        "replayed one"
    )


def test_replay_takes_a_time_and_says_what_it_needs(parley: Parley, webhook: int) -> None:
    assert "--since or --after" in parley.refused("events", "replay", *ACME)
    assert "has no webhook 999" in parley.refused("events", "replay", *ACME, "--since", "2020-01-01", "--webhook", "999", "--yes")
    assert parley.json("events", "replay", *ACME, "--since", "2999-01-01", "--yes") == {"events": 0, "again": 0, "missing": 0}
    assert parley.json("events", "replay", *ACME, "--since", "2020-01-01", "--types", "macro.*", "--yes")["events"] == 0
