"""search.core and search.hybrid: over HTTP, against the official document."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest
from devrev import APIVersion, DevRevClient
from devrev.config import DevRevConfig
from devrev.models.search import SearchNamespace
from pydantic import SecretStr

from parley.devrev.search import NAMESPACES
from parley.store.database import enter_tenant
from tests.wire import devrev_world, held, official
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev
from tests.wire.devrev_world import insert

# Conversation -> title, description, inbox. The world's own have neither title nor these words.
MADE = {
    101: ("Zebra parcel", None, 1),
    102: ("Where is the zebra", "It left for the savannah", 2),
    103: (None, "A zebrafish, 100% fresh", 1),
    104: ("zebra", None, 2),
    105: (None, None, 2),
    106: ("Something else", None, 1),
}


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    world = asyncio.run(devrev_world.build(module_database))
    asyncio.run(_fill(module_database))
    return Devrev(live.url, world.tokens)


async def _fill(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    async with connection.transaction():
        await enter_tenant(connection, 1)
        start = {"stage_id": 1, "status": "open", "contact_id": 1, "created_by_kind": "contact", "modified_by_kind": "contact"}
        for number, (title, description, inbox) in MADE.items():
            row = {
                "number": number,
                "title": title,
                "description": description,
                "inbox_id": inbox,
                "uuid": f"30000000-0000-0000-0000-{number:012}",
            }
            await insert(connection, "conversations", row | start | {"created_at": _day(number), "modified_at": _day(110 - number % 100)})
        await _message(connection, 9_000_001, 105, "the zebra is in the post, and the savannah is far")
        await _message(connection, 9_000_002, 106, "my savannah secret zebra", visibility="private", private_to=["user:1"])
        await _message(connection, 9_000_003, 105, "another zebra")
        await insert(connection, "companies", {"id": 50, "name": "Zebra Works"}, {"id": 51, "name": "The Zebra"})
        await insert(connection, "workspaces", {"id": 50, "company_id": 50, "name": "Zebra Works EU"})
        more = {"email": "zoe@zebra.test", "phone_number": "+3911", "display_name": "Zoe", "identifier": "zz"}
        await insert(connection, "contacts", {"id": 50, "name": "Zoe"} | more)
        await insert(connection, "tags", {"id": 50, "name": "zebra-tag"})
        await insert(
            connection, "parts", {"id": 50, "kind": "feature", "name": "Zebra crossing"}, {"id": 51, "kind": "product", "name": "Zebra"}
        )
        made = {"stage": "queued", "state": "open", "part_id": 51, "created_at": _day(1), "updated_at": _day(2)}
        mend = {"id": 50, "kind": "ticket", "number": 7, "title": "Mend it", "body": "the zebra line", "severity": "high"}
        await insert(connection, "works", made | mend)
        await insert(connection, "works", made | {"id": 51, "kind": "issue", "number": 7, "title": "Zebra stripes", "priority": 1})
        await insert(connection, "work_people", {"work_id": 50, "role": "owner", "person": "user:1", "position": 1})
        await insert(connection, "teams", {"id": 50, "name": "Zebras"})
        await insert(connection, "bots", {"id": 50, "name": "Zebrabot", "kind": "service_account"})
        await enter_tenant(connection, 2)
        await insert(connection, "companies", {"id": 70, "name": "Zebra of Globex"}, tenant=2)
        await insert(connection, "parts", {"id": 70, "kind": "product", "name": "Cage"}, tenant=2)
        await insert(connection, "works", made | {"id": 70, "kind": "ticket", "number": 8, "title": "Feed", "part_id": 70}, tenant=2)
    await connection.close()


def _day(day: int) -> str:
    return f"2020-{1 + day % 100 // 28:02}-{1 + day % 28:02}T00:00:00Z"


async def _message(connection: asyncpg.Connection, number: int, conversation: int, body: str, **more: Any) -> None:
    row = {"id": number, "conversation_number": conversation, "kind": "incoming", "author_kind": "contact", "author_id": 1, "body": body}
    row |= {"visibility": "external", "body_type": "text", "created_at": f"2020-01-01T00:00:{number % 60:02}Z", "updated_at": _day(1)}
    zeros = dict.fromkeys(("reply_count", "attachment_count", "reaction_count"), 0) | {"is_imported": False}
    await insert(connection, "messages", row | zeros | {"content_type": "text", "status": "sent", "version": 1} | more)


def ids(answer: Any) -> list[str]:
    return [str(one[one["type"]]["display_id"]) for one in answer["results"]]


def core(devrev: Devrev, query: str, *, who: str = "ada", **more: Any) -> list[str]:
    return ids(devrev.call("search.core", {"query": query, "limit": 100, "namespaces": ["conversation"]} | more, who=who))


def test_words_phrases_and_case(devrev: Devrev) -> None:
    assert set(core(devrev, "ZEBRA")) == {f"CONV-{n}" for n in (101, 102, 103, 104, 105, 106)}
    assert core(devrev, "zebra parcel") == ["CONV-101"]
    assert core(devrev, "parcel zebra") == ["CONV-101"]
    assert core(devrev, '"parcel zebra"') == []
    assert core(devrev, '"is the zebra"') == ["CONV-102"]
    # One word in the title and one in the description; or both in a message; or in two messages.
    assert set(core(devrev, "savannah zebra")) == {"CONV-102", "CONV-105", "CONV-106"}
    assert core(devrev, "another savannah") == ["CONV-105"]
    assert core(devrev, "100%") == ["CONV-103"]
    assert core(devrev, "1__%") == []
    assert core(devrev, "nothing-has-this") == []
    assert core(devrev, "x" * 60) == []
    assert core(devrev, "ze parcel") == ["CONV-101"]  # two letters: looked for without the index


def test_the_best_come_first(devrev: Devrev) -> None:
    """Exactly the title, then begins with it, then in title or description, then in messages; the newest first among equals."""
    assert core(devrev, "zebra") == ["CONV-104", "CONV-101", "CONV-102", "CONV-103", "CONV-105", "CONV-106"]
    assert core(devrev, "zebra", sort_order="asc") == core(devrev, "zebra")[::-1]
    assert core(devrev, "zebra", sort_by="created_date", sort_order="asc") == [f"CONV-{n}" for n in range(101, 107)]
    assert core(devrev, "zebra", sort_by="modified_date") == [f"CONV-{n}" for n in range(101, 107)]


def test_a_result_says_where_it_was_hit(devrev: Devrev) -> None:
    found = devrev.call("search.core", {"query": "zebra savannah", "namespaces": ["conversation"]})["results"]
    by_id = {one["conversation"]["display_id"]: one for one in found}
    assert by_id["CONV-102"]["snippet"] == "Where is the zebra … It left for the savannah"
    assert by_id["CONV-102"]["conversation"]["title"] == "Where is the zebra"
    assert "comments" not in by_id["CONV-102"]
    comments = by_id["CONV-105"]["comments"]
    assert [one["comment"]["display_id"] for one in comments] == ["COMMENT-9000003", "COMMENT-9000001"]
    assert comments[0]["created_by"]["display_id"] == "REVU-1"
    assert comments[0]["object"].endswith("conversation/105")
    assert comments[0]["snippet"] == "another zebra"
    assert by_id["CONV-105"]["snippet"].startswith("another zebra … the zebra is in the post")


def test_every_noun_is_found_by_its_names(devrev: Devrev) -> None:
    everything = devrev.call("search.core", {"query": "zebra", "limit": 100})["results"]
    assert {one["type"] for one in everything} == {"account", "conversation", "group", "org", "part", "tag", "user", "work"}
    assert ids({"results": everything})[:2] == ["PROD-51", "CONV-104"]
    for namespace, expected in {
        "account": ["ACC-50", "ACC-51"], "rev_org": ["REV-50"], "rev_user": ["REVU-50"], "tag": ["TAG-50"], "feature": ["FEAT-50"],
        "product": ["PROD-51"], "group": ["GROUP-50"], "service_account": ["SVCACC-50"], "sys_user": [], "dev_user": [], "capability": [],
        "ticket": ["TKT-7"], "issue": ["ISS-7"],
    }.items():  # fmt: skip
        assert core(devrev, "zebra", namespaces=[namespace]) == expected, namespace
    assert core(devrev, "zebra", namespaces=["ticket", "issue"]) == ["ISS-7", "TKT-7"]
    assert core(devrev, "zebra", namespaces=["product", "feature", "tag"]) == ["PROD-51", "FEAT-50", "TAG-50"]
    assert core(devrev, "lovelace", namespaces=["dev_user"]) == ["DEVU-1"]
    assert core(devrev, "ROBOT", namespaces=["sys_user"]) == ["SYSU-2"]
    user = devrev.call("search.core", {"query": "zoe", "namespaces": ["rev_user"]})["results"][0]
    assert (user["phone_numbers"], user["user"]["external_ref"]) == (["+3911"], "zz")
    assert user["snippet"] == "Zoe … Zoe … zoe@zebra.test"
    # What is not kept here is found nowhere.
    assert core(devrev, "zebra", namespaces=["article", "vista"]) == []


def test_works_are_found_by_title_and_body(devrev: Devrev) -> None:
    def hybrid(who: str = "ada", **body: Any) -> list[Any]:
        return list(devrev.call("search.hybrid", body, who=who)["results"])

    (ticket,) = hybrid(namespace="ticket", query="zebra mend")
    assert ticket["snippet"] == "Mend it … the zebra line"
    assert ticket["modified_date"] == devrev.call("works.get", {"id": "TKT-7"})["work"]["modified_date"]
    work = ticket["work"]
    assert (work["type"], work["title"], work["severity"], work["stage"]) == ("ticket", "Mend it", "high", {"name": "queued"})
    assert [one["display_id"] for one in work["owned_by"]] == ["DEVU-1"]
    (issue,) = hybrid(namespace="issue", query="zebra")
    assert (issue["work"]["priority"], issue["work"]["owned_by"]) == ("p1", [])
    assert ids({"results": hybrid(namespace="work")}) == ["ISS-7", "TKT-7"]
    assert core(devrev, '"mend zebra"', namespaces=["ticket", "issue"]) == []
    assert core(devrev, "zebra state:open", namespaces=["ticket", "issue"]) == []
    assert core(devrev, "zebra", who="bob", namespaces=["ticket", "issue"]) == ["ISS-7", "TKT-7"]
    # What is written over the wire is found, and what a foreign tenant has is its own.
    body = {"type": "ticket", "title": "Giraffe", "applies_to_part": "PROD-51", "owned_by": ["DEVU-1"]}
    made = devrev.call("works.create", body, expect=201)["work"]
    assert core(devrev, "giraffe", namespaces=["ticket"]) == [made["display_id"]]
    devrev.call("works.update", {"id": made["id"], "title": "Okapi", "body": "no neck"})
    assert (core(devrev, "giraffe"), core(devrev, "neck okapi", namespaces=["ticket", "issue"])) == ([], [made["display_id"]])
    devrev.call("works.delete", {"id": made["id"]})
    assert core(devrev, "okapi", namespaces=["ticket", "issue"]) == []
    assert hybrid("globex", namespace="work", query="zebra") == []
    for more in ({"query": "feed"}, {}):
        assert ids({"results": hybrid("globex", namespace="work", **more)}) == ["TKT-8"]


def test_pages_go_both_ways(devrev: Devrev) -> None:
    for more in ({}, {"sort_by": "modified_date"}, {"sort_by": "created_date", "sort_order": "asc"}):
        everything = ids(devrev.call("search.core", {"query": "zebra", "limit": 100} | more))
        assert len(everything) > 12
        seen: list[str] = []
        asked: dict[str, Any] = {"query": "zebra", "limit": 4, **more}
        while True:
            page = devrev.call("search.core", asked)
            seen += ids(page)
            if "next_cursor" not in page:
                break
            assert page.get("cursor") == asked.get("cursor")
            asked |= {"cursor": page["next_cursor"]}
        assert seen == everything
        last = devrev.call("search.core", {"query": "zebra", "limit": 4, "mode": "before"} | more)
        assert ids(last) == everything[-4:]
        before = devrev.call("search.core", {"query": "zebra", "limit": 4, "mode": "before", "cursor": last["prev_cursor"]} | more)
        assert ids(before) == everything[-8:-4]
    page = devrev.get("search.core", "query=zebra&limit=2&namespaces=account").json()
    assert ids(page) == ["ACC-50", "ACC-51"]
    assert "next_cursor" not in page


def test_filters_narrow_conversations(devrev: Devrev) -> None:
    assert core(devrev, "zebra source_channel_v2:CHAN-2 parcel") == []
    assert set(core(devrev, "zebra source_channel_v2:CHAN-2")) == {"CONV-102", "CONV-104", "CONV-105"}
    assert set(core(devrev, "state:open zebra stage.name:new,hold")) == {f"CONV-{n}" for n in range(101, 107)}
    assert core(devrev, "zebra state:closed") == []
    assert core(devrev, 'is_spam:false zebra stage.name:"new" parcel') == ["CONV-101"]
    assert {one["type"] for one in devrev.call("search.core", {"query": "zebra state:open", "limit": 100})["results"]} == {"conversation"}
    assert core(devrev, "zebra state:open", namespaces=["account"]) == []
    assert len(core(devrev, "is_frozen:true")) > 3  # a filter alone
    for query in ("zebra colour:red", "state:", "is_spam:maybe", "owned_by:TAG-1", "modified_date.after:yesterday", "limit:5"):
        if query != "state:":  # a word that ends in a colon
            answer = devrev.call("search.core", {"query": query}, expect=400)
            assert (answer["type"], answer["field_name"]) == ("value_not_permitted", "query"), query
    assert core(devrev, '"colour:red"') == []


def test_everybody_finds_what_they_may_see(devrev: Devrev) -> None:
    assert set(core(devrev, "zebra", who="bob")) == {"CONV-101", "CONV-103"}  # his inbox; 106 has it in a note to Ada only
    assert "CONV-106" not in core(devrev, "zebra", who="dora")
    assert core(devrev, "secret", who="ada") == ["CONV-106"]
    assert core(devrev, "secret", who="bot") == []
    assert core(devrev, "zebra", who="globex") == []
    assert core(devrev, "zebra", who="globex", namespaces=["account", "tag"]) == ["ACC-70"]
    for path, body in (("core", {"query": "zebra"}), ("hybrid", {"query": "zebra", "namespace": "conversation"})):
        assert devrev.call(f"search.{path}", body, who="contact", expect=403)["type"] == "forbidden"


def test_hybrid_searches_one_namespace(devrev: Devrev) -> None:
    def hybrid(**body: Any) -> list[str]:
        return ids(devrev.call("search.hybrid", body))

    assert hybrid(namespace="part", query="zebra", semantic_weight=0.5) == ["PROD-51", "FEAT-50"]
    assert ids(devrev.call("search.hybrid", {"query": "zebra", "namespaces": ["part", "feature"], "namespace": "tag"})) == [
        "PROD-51",
        "FEAT-50",
        "TAG-50",
    ]
    assert hybrid(namespace="conversation", query="zebra", limit=2) == ["CONV-104", "CONV-101"]
    unweighed = hybrid(namespace="conversation", query="zebra")
    assert hybrid(namespace="conversation", query="zebra", semantic_weight=0) == unweighed
    assert hybrid(namespace="conversation", query="zebra", semantic_weight=1) == unweighed
    assert hybrid(namespace="conversation", query="zebra", limit=0) == []
    assert len(hybrid(namespace="conversation")) == 10
    assert hybrid(namespace="dataset", query="zebra") == []
    assert hybrid(namespace="account", query="ebr") == ["ACC-51", "ACC-50"]
    answer = devrev.get("search.hybrid", "namespace=tag&query=zebra&semantic_weight=0.25&limit=5")
    assert ids(answer.json()) == ["TAG-50"]


def test_namespaces_are_those_of_the_document_and_of_the_sdk(devrev: Devrev, live: Live) -> None:
    known = official.definitions()
    assert set(NAMESPACES) == {*known["search-namespace"]["enum"], *known["search-hybrid-namespace"]["enum"]}
    token = SecretStr(devrev.tokens["ada"])
    config = DevRevConfig.model_construct(base_url=live.url, api_token=token, timeout=30, max_retries=0, api_version=APIVersion.BETA)
    with DevRevClient(config=config) as sdk, held.any_request():  # core has no namespace `part`, but the SDK
        for find in (sdk.search.core, sdk.search.hybrid):
            found = find("zebra", namespace=SearchNamespace.PART, limit=5)
            assert [one.part["display_id"] for one in found.results] == ["PROD-51", "FEAT-50"]


@pytest.mark.parametrize(
    ("path", "body", "kind", "field"),
    [
        ("search.core", {}, "missing_required_field", "query"),
        ("search.core", {"query": 1}, "unexpected_json_type", "query"),
        ("search.core", {"query": ""}, "value_not_permitted", "query"),
        ("search.core", {"query": ' "" '}, "value_not_permitted", "query"),
        ("search.core", {"query": "a " * 5 + " ".join(f"w{i}" for i in range(21))}, "value_not_permitted", "query"),
        ("search.core", {"query": "a", "semantic_weight": 1}, "invalid_field", "semantic_weight"),
        ("search.core", {"query": "a", "namespaces": ["planet"]}, "invalid_enum_value", "namespaces[0]"),
        ("search.core", {"query": "a", "sort_by": "size"}, "invalid_enum_value", "sort_by"),
        ("search.core", {"query": "a", "sort_order": "up"}, "invalid_enum_value", "sort_order"),
        ("search.core", {"query": "a", "mode": "sideways"}, "invalid_enum_value", "mode"),
        ("search.core", {"query": "a", "limit": 0}, "value_not_permitted", "limit"),
        ("search.core", {"query": "a", "cursor": "x"}, "value_not_permitted", "cursor"),
        ("search.hybrid", {"query": "a"}, "missing_required_field", "namespace"),
        ("search.hybrid", {"query": "a", "namespace": "planet"}, "invalid_enum_value", "namespace"),
        ("search.hybrid", {"query": "a", "namespaces": []}, "value_not_permitted", "namespaces"),
        ("search.hybrid", {"query": "", "namespace": "tag"}, "value_not_permitted", "query"),
        ("search.hybrid", {"query": "a" * 401, "namespace": "tag"}, "value_not_permitted", "query"),
        ("search.hybrid", {"limit": 51, "namespace": "tag"}, "value_not_permitted", "limit"),
        ("search.hybrid", {"semantic_weight": 1.5, "namespace": "tag"}, "value_not_permitted", "semantic_weight"),
        ("search.hybrid", {"semantic_weight": "1", "namespace": "tag"}, "unexpected_json_type", "semantic_weight"),
    ],
)
def test_bad_input_names_the_field(devrev: Devrev, path: str, body: object, kind: str, field: str) -> None:
    answer = devrev.call(path, body, expect=400)
    assert (answer["type"], answer["field_name"]) == (kind, field)


def test_text_that_nothing_can_hold_is_no_error(devrev: Devrev) -> None:
    headers = {"Authorization": devrev.tokens["ada"], "Content-Type": "application/json"}
    answer = httpx.post(f"{devrev.url}/search.core", content=b'{"query": "ze\\ud800bra \\u001f%_\\\\"}', headers=headers)
    assert answer.status_code in (200, 400), answer.text


def test_a_cursor_belongs_to_its_search(devrev: Devrev) -> None:
    made = devrev.call("search.core", {"query": "zebra", "limit": 2})["next_cursor"]
    for other in ({"query": "zebr"}, {"query": "zebra", "sort_order": "asc"}, {"query": "zebra", "namespaces": ["tag"]}):
        assert devrev.call("search.core", other | {"cursor": made}, expect=400)["field_name"] == "cursor"
    assert devrev.call("search.core", {"query": "zebra", "cursor": made}, who="globex", expect=400)["field_name"] == "cursor"
