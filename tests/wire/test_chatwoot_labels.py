"""Labels on Chatwoot's wire (contract 3.5): the tags that administrators defined."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import FULL, OTHER, World, build, run
from tests.wire.conftest import Live


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    found = run(build(live.dsn, live.url))
    found.raise_ids()
    return found


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def titles(chatwoot: Chatwoot, who: str = "admin") -> list[str]:
    return [one["title"] for one in chatwoot.get("labels", who=who)["payload"]]


def test_a_life(chatwoot: Chatwoot) -> None:
    made = chatwoot.post("labels", {"title": "ReFund", "description": "Money", "color": "#ff0000", "show_on_sidebar": False})
    assert made | {"id": 0} == {"id": 0, "title": "refund", "description": "Money", "color": "#ff0000", "show_on_sidebar": False}
    assert chatwoot.get(f"labels/{made['id']}") == made
    assert made in chatwoot.get("labels", who="agent")["payload"]
    changed = chatwoot.call("PATCH", f"labels/{made['id']}", {"label": {"color": "#00ff00", "description": None}})
    assert changed == made | {"color": "#00ff00", "description": None}
    assert chatwoot.call("DELETE", f"labels/{made['id']}") is None
    assert "refund" not in titles(chatwoot)
    chatwoot.get(f"labels/{made['id']}", expect=404)
    chatwoot.call("DELETE", f"labels/{made['id']}", expect=404)


def test_a_new_title_shows_on_conversations_and_a_deleted_label_stays_on_them(chatwoot: Chatwoot, world: World) -> None:
    label = next(one for one in chatwoot.get("labels")["payload"] if one["title"] == "vip-gold")
    chatwoot.call("PATCH", f"labels/{label['id']}", {"title": "vip-silver"})
    assert "vip-silver" in world.row(FULL)["labels"]
    chatwoot.call("DELETE", f"labels/{label['id']}")
    assert "vip-silver" not in titles(chatwoot)
    assert "vip-silver" in world.row(FULL)["labels"]
    again = chatwoot.post("labels", {"title": "vip-silver"})
    assert again["id"] == label["id"], "a tag that conversations carry becomes the label"
    assert chatwoot.post("labels", {"title": "vip-silver"}, expect=422)["attributes"] == ["title"]


@pytest.mark.parametrize(
    ("body", "attribute"),
    [
        ({}, "title"),
        ({"title": ""}, "title"),
        ({"title": "x"}, "title"),
        ({"title": "-ab"}, "title"),
        ({"title": "two words"}, "title"),
        ({"title": "a,b"}, "title"),
        ({"title": ["ab"]}, "title"),
        ({"title": "ok-then", "show_on_sidebar": "perhaps"}, "show_on_sidebar"),
    ],
)
def test_bad_input_is_refused_by_name_and_changes_nothing(chatwoot: Chatwoot, body: Any, attribute: str) -> None:
    before = titles(chatwoot)
    assert chatwoot.post("labels", body, expect=422)["attributes"] == [attribute]
    assert titles(chatwoot) == before


@pytest.mark.parametrize(
    ("path", "body"),
    [("labels", {"title": "at-once"}), ("teams", {"name": "at once"}), ("agents", {"email": "at@once.test"})],
)
def test_of_two_that_come_at_once_one_is_made(chatwoot: Chatwoot, path: str, body: Any) -> None:
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: chatwoot.ask("POST", path, body), range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, *[422] * 5]
    refused = next(answer.json() for answer in answers if answer.status_code == 422)
    assert refused["attributes"] == list(body)


def test_any_script_may_name_a_label(chatwoot: Chatwoot) -> None:
    assert chatwoot.post("labels", {"title": "Übergröße_7"})["title"] == "übergröße_7"


def test_only_administrators_define_labels(chatwoot: Chatwoot) -> None:
    label = chatwoot.post("labels", {"title": "for-admins"})
    for who in ("agent", "manager", "powerless"):
        assert "for-admins" in titles(chatwoot, who)
        chatwoot.post("labels", {"title": "mine"}, who=who, expect=401)
        for method in ("GET", "PATCH", "DELETE"):
            answer = chatwoot.ask(method, f"labels/{label['id']}", {} if method == "PATCH" else None, who=who)
            assert (answer.status_code, answer.json()) == (401, {"error": "You are not authorized to do this action"})
    chatwoot.get("labels", who="bot", expect=401)
    chatwoot.get("labels", who="contact", expect=401)
    chatwoot.get("labels", who="", expect=401)


def test_another_account_has_its_own(chatwoot: Chatwoot) -> None:
    mine = chatwoot.post("labels", {"title": "ours-only"})
    theirs = chatwoot.ask("POST", "labels", {"title": "ours-only"}, who="foreign", account=OTHER).json()
    assert theirs["title"] == "ours-only"
    for method in ("GET", "PATCH", "DELETE"):
        sent = {"title": "taken-over"} if method == "PATCH" else None
        for number in (mine["id"], 999_999):
            if number != theirs["id"]:
                assert chatwoot.ask(method, f"labels/{number}", sent, who="foreign", account=OTHER).status_code == 404
    assert chatwoot.get(f"labels/{mine['id']}")["title"] == "ours-only"
