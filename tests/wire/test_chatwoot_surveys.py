"""Satisfaction surveys: what customers answer, as JSON, on a page, by a message (contract 3.7), and who reads it (3.5)."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_public import ABROAD, SINGLE, SINGLE_ID, Visitor, come, open_doors
from tests.wire.chatwoot_world import ADA, BO, ORDERS, OTHER, TEAM, World, add_message, build, run
from tests.wire.conftest import Live

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    world = run(build(live.dsn, live.url))
    open_doors(world)
    world.execute("UPDATE custom_roles SET permissions = '{report_manage}' WHERE name = 'powerless'")
    return world


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


class Asked:
    """A visitor's conversation in which a message asks for an opinion."""

    _next = 30_000

    def __init__(
        self, chatwoot: Chatwoot, world: World, *, at: datetime | None = None, assignee: int | None = BO, name: str = "Kim"
    ) -> None:
        Asked._next += 1
        self.chatwoot, self.message_id = chatwoot, Asked._next
        self.visitor: Visitor = come(chatwoot, name=name, email=f"kim{self.message_id}@x.test")
        self.number = self.visitor.start()
        self.uuid = self.visitor.get(f"/conversations/{self.number}")["uuid"]
        moment = at or datetime.now(UTC)
        row = {"kind": "template", "author_kind": "system", "author_id": None, "content_type": "input_csat", "body": "How did we do?"}
        world.fill(add_message, self.message_id, self.number, created_at=moment, updated_at=moment, **row)
        world.execute(f"UPDATE conversations SET assignee_user_id = {assignee or 'NULL'} WHERE tenant_id = 1 AND number = {self.number}")

    @property
    def api(self) -> str:
        return f"/public/api/v1/csat_survey/{self.uuid}"

    @property
    def page(self) -> str:
        return f"{self.chatwoot.url}/survey/responses/{self.uuid}"

    def put(self, expect: int = 200, **said: Any) -> Any:
        body = {"message": {"submitted_values": {"csat_survey_response": said}}}
        return self.chatwoot.call("PUT", self.api, body, who="", expect=expect)


@pytest.fixture
def asked(chatwoot: Chatwoot, world: World) -> Asked:
    return Asked(chatwoot, world)


def rows(world: World, message_id: int) -> list[tuple[Any, ...]]:
    return run(_rows(world, message_id))


async def _rows(world: World, message_id: int) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(world.dsn)
    try:
        query = "SELECT rating, feedback, assigned_user_id FROM survey_responses WHERE tenant_id = 1 AND message_id = $1"
        return [tuple(row) for row in await connection.fetch(query, message_id)]
    finally:
        await connection.close()


def listed(chatwoot: Chatwoot, **asked: Any) -> list[dict[str, Any]]:
    return list(chatwoot.get("csat_survey_responses", params=asked))


def test_a_survey_is_shown_and_answered(chatwoot: Chatwoot, world: World, asked: Asked) -> None:
    shown = chatwoot.get(asked.api, who="")
    assert (shown["id"], shown["conversation_id"], shown["inbox_name"]) == (asked.message_id, asked.number, "Orders")
    assert (shown["display_type"], shown["content"], shown["locale"], shown["csat_survey_response"]) == ("star", "Happy?", "en", None)
    answered = asked.put(rating=4, feedback_message="Quick")["csat_survey_response"]
    assert (answered["rating"], answered["feedback_message"], answered["assigned_agent_id"]) == (4, "Quick", BO)
    assert chatwoot.get(asked.api, who="")["csat_survey_response"] == answered
    assert rows(world, asked.message_id) == [(4, "Quick", BO)]
    message = asked.visitor.get(f"/conversations/{asked.number}/messages")[-1]
    assert message["content_attributes"] == {"submitted_values": {"csat_survey_response": {"rating": 4, "feedback_message": "Quick"}}}


def resolve(chatwoot: Chatwoot, number: int, stage: str = "resolved") -> None:
    """By an agent over DevRev's wire: whoever resolves, the customer is asked."""
    body = {"id": f"CONV-{number}", "stage": {"name": stage}}
    answer = httpx.post(f"{chatwoot.url}/conversations.update", json=body, headers={"authorization": chatwoot.tokens["admin"]})
    assert answer.status_code == 200, answer.text


def test_customers_are_asked_once_when_their_conversation_is_resolved(chatwoot: Chatwoot) -> None:
    visitor = come(chatwoot)
    number = visitor.start()
    uuid = visitor.get(f"/conversations/{number}")["uuid"]
    chatwoot.get(f"/public/api/v1/csat_survey/{uuid}", who="", expect=404)
    for stage in ("resolved", "needs_response", "resolved", "archived"):
        resolve(chatwoot, number, stage)
    said = visitor.get(f"/conversations/{number}/messages")
    assert [(one["content_type"], one["content"]) for one in said] == [("text", "Hello?"), ("input_csat", "Happy?")]
    assert chatwoot.get(f"/public/api/v1/csat_survey/{uuid}", who="")["id"] == said[1]["id"]


@pytest.mark.parametrize(
    ("settings", "asked"),
    [
        ({"csat_survey_enabled": False}, None),
        ({}, None),
        ({"csat_survey_enabled": True}, "Please rate the conversation"),
        ({"csat_config": {"survey_rules": {"operator": "contains", "values": ["vip-gold"]}}, "csat_survey_enabled": True}, None),
        ({"csat_config": {"survey_rules": {"operator": "does_not_contain", "values": ["x"]}}, "csat_survey_enabled": True},
         "Please rate the conversation"),
        ({"csat_config": {"survey_rules": {"operator": "contains", "values": []}, "message": "Well?"}, "csat_survey_enabled": True},
         "Well?"),
    ],
)  # fmt: skip
def test_an_inbox_says_whether_and_how_customers_are_asked(
    chatwoot: Chatwoot, world: World, settings: dict[str, Any], asked: str | None
) -> None:
    world.execute(f"UPDATE inboxes SET settings = '{json.dumps(settings)}' WHERE tenant_id = 1 AND id = {SINGLE_ID}")
    visitor = come(chatwoot, SINGLE)
    number = visitor.start()
    resolve(chatwoot, number)
    said = visitor.get(f"/conversations/{number}/messages")
    assert [one["content"] for one in said if one["content_type"] == "input_csat"] == ([] if asked is None else [asked])


@pytest.mark.parametrize(("operator", "asks"), [("contains", True), ("does_not_contain", False)])
def test_labels_may_decide_who_is_asked(chatwoot: Chatwoot, world: World, operator: str, asks: bool) -> None:
    settings = {"csat_config": {"survey_rules": {"operator": operator, "values": ["vip-gold"]}}, "csat_survey_enabled": True}
    visitor = come(chatwoot, SINGLE)
    number = visitor.start()
    world.execute(
        f"UPDATE inboxes SET settings = '{json.dumps(settings)}' WHERE tenant_id = 1 AND id = {SINGLE_ID}",
        "INSERT INTO conversation_tags (tenant_id, conversation_number, tag_id)"
        f" SELECT 1, {number}, id FROM tags WHERE tenant_id = 1 AND name = 'vip-gold'",
    )
    resolve(chatwoot, number)
    said = visitor.get(f"/conversations/{number}/messages")
    assert ("input_csat" in [one["content_type"] for one in said]) is asks


def test_who_answers_again_changes_their_mind(chatwoot: Chatwoot, world: World, asked: Asked) -> None:
    asked.put(rating=1)
    world.execute(f"UPDATE conversations SET assignee_user_id = {ADA} WHERE tenant_id = 1 AND number = {asked.number}")
    asked.put(rating=5, feedback_message="Solved")
    assert rows(world, asked.message_id) == [(5, "Solved", BO)], "who answered then stays"


def test_a_message_is_answered_by_its_visitor_too(world: World, asked: Asked) -> None:
    body = {"submitted_values": {"csat_survey_response": {"rating": "3", "feedback_message": "So so"}}}
    asked.visitor.patch(f"/conversations/{asked.number}/messages/{asked.message_id}", body)
    assert rows(world, asked.message_id) == [(3, "So so", BO)]


def test_feedback_alone_is_kept_and_is_no_response(chatwoot: Chatwoot, world: World, asked: Asked) -> None:
    assert asked.put(feedback_message="Hm")["csat_survey_response"] is None
    assert rows(world, asked.message_id) == []


@pytest.mark.parametrize("rating", [0, 6, -1, "x", 2.5, [1], True])
def test_a_rating_is_from_one_to_five(world: World, asked: Asked, rating: Any) -> None:
    assert "rating" in asked.put(expect=422, rating=rating)["error"].lower()
    assert rows(world, asked.message_id) == []


def test_a_body_without_its_message_is_refused(chatwoot: Chatwoot, asked: Asked) -> None:
    assert chatwoot.call("PUT", asked.api, {}, who="", expect=422) == {"error": "Message can't be blank"}
    assert httpx.patch(f"{chatwoot.url}{asked.api}", json={"message": {"submitted_values": {}}}).json()["id"] == asked.message_id


def test_a_survey_ends_after_fourteen_days(chatwoot: Chatwoot, world: World) -> None:
    now = datetime.now(UTC)
    over, last = (Asked(chatwoot, world, at=now - timedelta(days=days)) for days in (15, 14))
    refused = {"error": "You cannot update the CSAT survey after 14 days"}
    assert over.put(expect=422, rating=5) == refused
    body = {"submitted_values": {"csat_survey_response": {"rating": 5}}}
    assert over.visitor.patch(f"/conversations/{over.number}/messages/{over.message_id}", body, expect=422) == refused
    assert last.put(rating=5)["csat_survey_response"]["rating"] == 5
    page = httpx.post(over.page, data={"rating": "5"})
    assert (page.status_code, "<form" in page.text) == (422, False)
    assert rows(world, over.message_id) == []


def test_the_newest_survey_of_a_conversation_is_the_one(chatwoot: Chatwoot, world: World, asked: Asked) -> None:
    asked.put(rating=2)
    row = {"kind": "template", "author_kind": "system", "author_id": None, "content_type": "input_csat", "created_at": datetime.now(UTC)}
    world.fill(add_message, asked.message_id + 5000, asked.number, **row)
    shown = chatwoot.get(asked.api, who="")
    assert (shown["id"], shown["csat_survey_response"]) == (asked.message_id + 5000, None)
    asked.put(rating=5)
    assert [rows(world, number) for number in (asked.message_id, asked.message_id + 5000)] == [[(2, None, BO)], [(5, None, BO)]]


@pytest.mark.parametrize("uuid", [UNKNOWN, "no-uuid", "x%00y"])
def test_what_is_not_there_is_not_found(chatwoot: Chatwoot, uuid: str) -> None:
    chatwoot.get(f"/public/api/v1/csat_survey/{uuid}", who="", expect=404)
    page = httpx.get(f"{chatwoot.url}/survey/responses/{uuid}")
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_a_conversation_that_asks_nothing_has_no_survey(chatwoot: Chatwoot) -> None:
    visitor = come(chatwoot)
    uuid = visitor.get(f"/conversations/{visitor.start()}")["uuid"]
    chatwoot.get(f"/public/api/v1/csat_survey/{uuid}", who="", expect=404)
    chatwoot.call("PUT", f"/public/api/v1/csat_survey/{uuid}", {"message": {"submitted_values": {}}}, who="", expect=404)


def test_people_answer_on_a_page(world: World, asked: Asked) -> None:
    page = httpx.get(asked.page)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for needed in (
        '<html lang="en">',
        "<title>",
        "<fieldset",
        "<legend>How did we do?</legend>",
        '<label for="feedback">',
        '<label for="rating-5">',
    ):
        assert needed in page.text
    assert "<script" not in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    answered = httpx.post(asked.page, data={"rating": "2", "feedback_message": "<b>Slow</b>"})
    assert answered.status_code == 200
    assert 'role="status">Thank you' in answered.text
    assert "&lt;b&gt;Slow&lt;/b&gt;" in answered.text
    assert 'value="2" required checked' in answered.text
    assert rows(world, asked.message_id) == [(2, "<b>Slow</b>", BO)]


def test_a_page_says_what_is_wrong(world: World, asked: Asked) -> None:
    for sent in ({}, {"rating": ""}, {"rating": "9"}, {"rating": "x"}):
        page = httpx.post(asked.page, data={"feedback_message": "x"} | sent)
        assert page.status_code == 422
        assert "Please choose one of the five." in page.text
        assert "<form" in page.text
    world.execute(f"UPDATE conversations SET is_frozen = true WHERE tenant_id = 1 AND number = {asked.number}")
    page = httpx.post(asked.page, data={"rating": "5"})
    assert (page.status_code, 'role="alert"' in page.text) == (422, True)
    assert asked.put(expect=422, rating=5) == {"error": "The conversation is frozen and refuses changes other than unfreezing"}
    assert rows(world, asked.message_id) == []


def test_responses_are_listed_newest_first_and_by_choice(chatwoot: Chatwoot, world: World) -> None:
    one, two = Asked(chatwoot, world, assignee=BO, name="Lea"), Asked(chatwoot, world, assignee=ADA)
    one.put(rating=5, feedback_message="Great")
    two.put(rating=1)
    world.execute(
        f"UPDATE survey_responses SET created_at = '2024-03-05T10:00:00Z' WHERE message_id = {one.message_id}",
        f"UPDATE survey_responses SET created_at = '2024-03-06T10:00:00Z' WHERE message_id = {two.message_id}",
        f"UPDATE conversations SET team_id = {TEAM} WHERE tenant_id = 1 AND number = {two.number}",
    )
    march = {"since": int(datetime(2024, 3, 5, tzinfo=UTC).timestamp()), "until": int(datetime(2024, 3, 7, tzinfo=UTC).timestamp())}
    found = listed(chatwoot, **march)
    assert [row["message_id"] for row in found] == [two.message_id, one.message_id]
    last = found[1]
    assert (last["rating"], last["feedback_message"], last["conversation_id"], last["account_id"]) == (5, "Great", one.number, 1)
    assert (last["contact"]["name"], last["assigned_agent"]["id"], last["csat_review_notes"]) == ("Lea", BO, None)
    assert last["created_at"] == int(datetime(2024, 3, 5, 10, tzinfo=UTC).timestamp())
    assert [row["message_id"] for row in listed(chatwoot, sort="created_at", **march)] == [one.message_id, two.message_id]
    for choice, expected in (
        ({"user_ids[]": [BO]}, [one]), ({"user_ids[]": [ADA, BO]}, [two, one]), ({"rating": 1}, [two]), ({"rating[]": [1, 5]}, [two, one]),
        ({"team_id": TEAM}, [two]), ({"inbox_id": ORDERS}, [two, one]), ({"inbox_id": 999}, []), ({"rating": ""}, [two, one]),
    ):  # fmt: skip
        assert [row["message_id"] for row in listed(chatwoot, **march, **choice)] == [each.message_id for each in expected], choice
    numbers = chatwoot.get("csat_survey_responses/metrics", params=march)
    assert numbers == {"total_count": 2, "ratings_count": {"1": 1, "5": 1}, "total_sent_messages_count": 0}
    by_bo = chatwoot.get("csat_survey_responses/metrics", params=march | {"user_ids[]": [BO]})
    assert by_bo["ratings_count"] == {"5": 1}
    late = {"since": march["until"] - 86400, "until": march["until"]}
    assert [row["message_id"] for row in listed(chatwoot, **late)] == [two.message_id]
    assert listed(chatwoot, since=march["since"], until=int(datetime(2024, 3, 5, 10, tzinfo=UTC).timestamp())) == [], "until is outside"


def test_metrics_count_who_was_asked(chatwoot: Chatwoot, world: World) -> None:
    moment = datetime(2023, 5, 5, 12, tzinfo=UTC)
    Asked(chatwoot, world, at=moment)
    may = {"since": int(moment.timestamp()), "until": int(moment.timestamp()) + 1}
    assert chatwoot.get("csat_survey_responses/metrics", params=may) == {
        "total_count": 0, "ratings_count": {}, "total_sent_messages_count": 1,
    }  # fmt: skip


@pytest.mark.parametrize("query", ["since=x", "rating=6", "user_ids[]=x", "page=0", "sort=rating", "inbox_id=x"])
def test_a_choice_that_cannot_be_understood_is_refused_by_name(chatwoot: Chatwoot, query: str) -> None:
    refused = chatwoot.get(f"csat_survey_responses?{query}", expect=400)
    assert refused["errors"][0]["field"].startswith(query.partition("=")[0].removesuffix("[]"))


def test_the_thousandth_response_is_on_its_page(chatwoot: Chatwoot, world: World, asked: Asked) -> None:
    world.execute(
        "INSERT INTO messages (tenant_id, id, conversation_number, kind, author_kind, content_type, created_at)"
        f" SELECT 1, 70000 + n, {asked.number}, 'template', 'system', 'input_csat', '2022-01-01' FROM generate_series(1, 1010) n",
        "INSERT INTO survey_responses (tenant_id, id, conversation_number, message_id, rating, created_at)"
        f" SELECT 1, 70000 + n, {asked.number}, 70000 + n, 1 + n % 5, '2022-01-01'::timestamptz + n * interval '1 minute'"
        " FROM generate_series(1, 1010) n",
    )
    year = {"until": int(datetime(2023, 1, 1, tzinfo=UTC).timestamp()), "since": int(datetime(2022, 1, 1, tzinfo=UTC).timestamp())}
    assert [row["id"] for row in listed(chatwoot, **year, page=1)] == list(range(71010, 70985, -1))
    assert [row["id"] for row in listed(chatwoot, **year, page=41)] == list(range(70010, 70000, -1))
    assert listed(chatwoot, **year, page=42) == []
    table = httpx.get(
        f"{chatwoot.url}/api/v1/accounts/1/csat_survey_responses/download",
        params=year,
        headers={"api_access_token": chatwoot.tokens["admin"]},
    )
    assert len(list(csv.reader(io.StringIO(table.text)))) == 1012


def test_responses_come_as_a_table(chatwoot: Chatwoot, world: World) -> None:
    one = Asked(chatwoot, world, name="=cmd()")
    one.put(rating=3, feedback_message='=HYPERLINK("x"), and "more"\nlines')
    world.execute(f"UPDATE survey_responses SET created_at = '2021-01-01T10:00:00Z' WHERE message_id = {one.message_id}")
    period = {"since": int(datetime(2021, 1, 1, tzinfo=UTC).timestamp()), "until": int(datetime(2021, 1, 2, tzinfo=UTC).timestamp())}
    answer = chatwoot.ask("GET", "csat_survey_responses/download", params=period)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="csat_report.csv"'
    head, row, foot = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert head[:2] == ["Agent Name", "Rating"]
    assert row[:4] == ["Bo (u2@x.test)", "3", '\'=HYPERLINK("x"), and "more"\nlines', "'=cmd()"]
    assert row[6] == f"{chatwoot.url}/app/accounts/1/conversations/{one.number}"
    assert foot == ["Reporting period 2021-01-01 to 2021-01-02"]


def test_a_response_can_be_noted_on(chatwoot: Chatwoot, asked: Asked) -> None:
    asked.put(rating=1)
    number = next(row["id"] for row in listed(chatwoot) if row["message_id"] == asked.message_id)
    noted = chatwoot.call("PATCH", f"csat_survey_responses/{number}", {"csat_review_notes": "Called back"}, who="powerless")
    assert (noted["csat_review_notes"], noted["review_notes_updated_by"]["name"], noted["rating"]) == ("Called back", "Powerless", 1)
    assert noted["review_notes_updated_at"] >= noted["created_at"]
    assert chatwoot.call("PATCH", f"csat_survey_responses/{number}", {"csat_review_notes": None})["csat_review_notes"] is None
    chatwoot.call("PATCH", "csat_survey_responses/987654", {"csat_review_notes": "x"}, expect=404)
    chatwoot.call("PATCH", f"csat_survey_responses/{number}", {"csat_review_notes": ["x"]}, expect=422)
    chatwoot.call("PATCH", f"csat_survey_responses/{number}", {"csat_review_notes": "x"}, who="agent", expect=401)


@pytest.mark.parametrize("who", ["powerless", "agent", "manager", "bot", "contact", "", "foreign"])
def test_only_administrators_and_who_has_the_reports_read_them(chatwoot: Chatwoot, who: str) -> None:
    status = 200 if who == "powerless" else 401
    for path in ("csat_survey_responses", "csat_survey_responses/metrics", "csat_survey_responses/download"):
        assert chatwoot.ask("GET", path, who=who).status_code == status, path


def test_another_account_sees_its_own(chatwoot: Chatwoot, world: World, asked: Asked) -> None:
    asked.put(rating=5)
    mine = next(row["id"] for row in listed(chatwoot) if row["message_id"] == asked.message_id)
    assert chatwoot.ask("GET", "csat_survey_responses", who="foreign", account=OTHER).json() == []
    numbers = chatwoot.ask("GET", "csat_survey_responses/metrics", who="foreign", account=OTHER).json()
    assert numbers == {"total_count": 0, "ratings_count": {}, "total_sent_messages_count": 0}
    assert (
        chatwoot.ask("PATCH", f"csat_survey_responses/{mine}", {"csat_review_notes": "x"}, who="foreign", account=OTHER).status_code == 404
    )
    abroad = come(chatwoot, ABROAD)
    uuid = abroad.get(f"/conversations/{abroad.start()}")["uuid"]
    chatwoot.get(f"/public/api/v1/csat_survey/{uuid}", who="", expect=404)


def test_a_merged_users_surveys_are_the_other_users(chatwoot: Chatwoot, world: World) -> None:
    world.execute(
        "INSERT INTO users (id, name) VALUES (60, 'Twin')",
        "INSERT INTO memberships (tenant_id, user_id, name) VALUES (1, 60, 'Twin')",
    )
    one = Asked(chatwoot, world, assignee=60)
    one.put(rating=4)
    body = {"primary_user": "DEVU-2", "secondary_user": "DEVU-60"}
    merged = httpx.post(f"{chatwoot.url}/dev-users.merge", json=body, headers={"authorization": chatwoot.tokens["admin"]})
    assert merged.status_code == 200, merged.text
    assert rows(world, one.message_id) == [(4, None, BO)]
