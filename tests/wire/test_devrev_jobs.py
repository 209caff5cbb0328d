"""jobs.*: over HTTP, against the official document, with rows that the test puts into the queue."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from parley.devrev.jobs import CATEGORIES
from tests.wire import devrev_world, official
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev

INSERT = """
    INSERT INTO jobs (tenant_id, kind, state, attempts, last_error, title, progress, parent_id, artifact_ids, created_by, modified_by,
                      created_at, updated_at)"""
ROWS = """
    (1, 'export_conversation', 'done', 2, NULL, 'All of May', 40, NULL, '{1,2}', 'user:1', 'system:0', '2026-01-01Z', '2026-02-09Z'),
    (2, 'export_conversation', 'done', 1, NULL, NULL, 0, NULL, '{}', 'user:4', NULL, '2026-01-01Z', '2026-02-08Z'),
    (1, 'deliver_webhook', 'failed', 1, 'secret', NULL, 0, NULL, '{}', NULL, NULL, '2026-01-02Z', '2026-02-07Z'),
    (NULL, 'export_conversation', 'queued', 0, NULL, NULL, 0, NULL, '{}', NULL, NULL, '2026-01-02Z', '2026-02-07Z'),
    (1, 'merge_revuser', 'failed', 3, 'no such contact', NULL, 10, 1, '{}', 'user:2', 'user:2', '2026-01-03Z', '2026-02-06Z'),
    (1, 'export_work', 'running', 1, NULL, NULL, 55, 1, '{}', 'bot:1', 'bot:1', '2026-01-04Z', '2026-02-05Z'),
    (1, 'oasis_job', 'queued', 0, NULL, NULL, 0, NULL, '{}', 'system:0', NULL, '2026-01-05Z', '2026-02-04Z'),
    (1, 'bulk_upgrade', 'queued', 0, NULL, NULL, 0, NULL, '{}', 'bot:2', NULL, '2026-01-06Z', '2026-02-03Z')"""


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    world = asyncio.run(devrev_world.build(module_database))
    return Devrev(live.url, world.tokens)


@pytest.fixture(scope="module")
def jobs(devrev: Devrev, live: Live) -> list[int]:
    """Ids of the tenant's own, in the order made; before and after them others' and the server's."""
    assert devrev.call("jobs.list") == {"jobs": []}
    return asyncio.run(_fill(live.dsn))


async def _fill(dsn: str) -> list[int]:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(f"{INSERT} VALUES {ROWS}")
        shown = "SELECT id FROM jobs WHERE tenant_id = 1 AND kind <> 'deliver_webhook' ORDER BY created_at"
        return [record[0] for record in await connection.fetch(shown)]
    finally:
        await connection.close()


def numbers(answer: Any) -> list[int]:
    return [int(job["display_id"].partition("-")[2]) for job in answer["jobs"]]


def test_a_job_tells_what_it_does(devrev: Devrev, jobs: list[int]) -> None:
    done = devrev.call("jobs.get", {"id": f"JOB-{jobs[0]}"})["job"]
    assert (done["job_category"], done["title"], done["state"], done["progress"]) == ("export_conversation", "All of May", "completed", 100)
    assert (done["retry_count"], done["job_id"]) == (1, f"export_conversation-{jobs[0]}")
    assert [one["display_id"] for one in done["output_artifacts"]] == ["ARTIFACT-1", "ARTIFACT-2"]
    assert (done["created_by"]["display_id"], done["modified_by"]["display_id"]) == ("DEVU-1", "SYSU-0")
    assert done["created_date"].startswith("2026-01-01")
    failed = devrev.get("jobs.get", f"id={done['id'].rpartition('/')[0]}/{jobs[1]}").json()["job"]
    assert (failed["state"], failed["retry_count"], failed["title"]) == ("failed", 2, "Merge revuser")
    assert failed["metadata_list"] == [{"type": "string", "key": "error", "value": "no such contact"}]
    assert [devrev.call("jobs.get", {"id": f"JOB-{n}"})["job"]["state"] for n in jobs[2:4]] == ["in_progress", "queued"]


def test_categories_are_those_of_the_document() -> None:
    assert list(CATEGORIES) == official.definitions()["job-category"]["enum"]


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_category_is_shown(devrev: Devrev, jobs: list[int], live: Live, category: str) -> None:
    """The view's own list of kinds is this one."""

    async def add() -> None:
        connection = await asyncpg.connect(live.dsn)
        await connection.execute("INSERT INTO jobs (tenant_id, kind) VALUES (2, $1)", category)
        await connection.close()

    asyncio.run(add())
    assert devrev.call("jobs.list", {"category": [category]}, who="globex")["jobs"][-1]["job_category"] == category


@pytest.mark.parametrize(
    ("asked", "places"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"category": ["export_work", "oasis_job"]}, [2, 3]),
        ({"category": ["merge_ticket"]}, []),
        ({"state": ["queued"]}, [3, 4]),
        ({"state": ["failed", "completed"]}, [0, 1]),
        ({"state": ["started"]}, []),
        ({"created_by": ["DEVU-1", "DEVU-2"]}, [0, 1]),
        ({"created_by": ["SVCACC-1"]}, [2]),
        ({"created_by": ["SYSU-0"]}, [3]),
        ({"created_by": ["SYSU-2"]}, [4]),
        ({"owned_by_id": ["DEVU-2"]}, [1]),
        ({"owned_by_id": ["DEVU-2"], "created_by": ["DEVU-1"]}, []),
        ({"parent_ids": ["JOB-1"]}, [1, 2]),
        ({"parent_ids": ["JOB-9"]}, []),
        ({"sort_by": ["created_date:desc"]}, [4, 3, 2, 1, 0]),
        ({"sort_by": ["modified_date:asc"]}, [4, 3, 2, 1, 0]),
    ],
)
def test_filters_and_orders(devrev: Devrev, jobs: list[int], asked: dict[str, Any], places: list[int]) -> None:
    assert numbers(devrev.call("jobs.list", asked)) == [jobs[place] for place in places]


def test_pages_go_both_ways(devrev: Devrev, jobs: list[int]) -> None:
    first = devrev.call("jobs.list", {"limit": 2})
    second = devrev.call("jobs.list", {"limit": 2, "cursor": first["next_cursor"]})
    third = devrev.get("jobs.list", f"limit=2&cursor={second['next_cursor']}").json()
    assert [*numbers(first), *numbers(second), *numbers(third)] == jobs
    assert "next_cursor" not in third
    back = devrev.call("jobs.list", {"limit": 2, "mode": "before", "cursor": third["prev_cursor"]})
    assert numbers(back) == numbers(second)


def test_a_tenant_sees_its_own_and_nobody_the_servers(devrev: Devrev, jobs: list[int], live: Live) -> None:
    assert devrev.call("jobs.get", {"id": f"JOB-{jobs[0]}"}, who="globex", expect=404)["type"] == "not_found"
    own = devrev.call("jobs.list", {"created_by": ["DEVU-4"]}, who="globex")
    assert len(own["jobs"]) == 1
    for job in own["jobs"]:
        devrev.call("jobs.get", {"id": job["display_id"]}, expect=404)
    hidden = asyncio.run(_hidden(live.dsn))
    assert len(hidden) == 2
    for number in hidden:
        devrev.call("jobs.get", {"id": f"JOB-{number}"}, expect=404)
    assert numbers(devrev.call("jobs.list", who="bob")) == jobs
    for path, body in (("get", {"id": f"JOB-{jobs[0]}"}), ("list", {})):
        assert devrev.call(f"jobs.{path}", body, who="contact", expect=403)["type"] == "forbidden"


async def _hidden(dsn: str) -> list[int]:
    connection = await asyncpg.connect(dsn)
    try:
        return [row[0] for row in await connection.fetch("SELECT id FROM jobs WHERE tenant_id IS NULL OR kind = 'deliver_webhook'")]
    finally:
        await connection.close()


def test_the_servers_role_reads_no_other_tenants_jobs(jobs: list[int], live: Live) -> None:
    async def ask() -> tuple[int, int]:
        connection = await asyncpg.connect(live.dsn)
        try:
            await connection.execute("SET ROLE parley_app; SET parley.tenant_id = 2")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute("DELETE FROM tenant_jobs")
            mine = await connection.fetchval("SELECT count(*) FROM tenant_jobs WHERE tenant_id = 1")
            await connection.execute("RESET parley.tenant_id")
            return mine, await connection.fetchval("SELECT count(*) FROM tenant_jobs")
        finally:
            await connection.close()

    assert asyncio.run(ask()) == (0, 0)


@pytest.mark.parametrize(
    ("path", "body", "status", "kind", "field"),
    [
        ("jobs.get", {}, 400, "missing_required_field", "id"),
        ("jobs.get", {"id": "TAG-1"}, 400, "unexpected_id_type", "id"),
        ("jobs.get", {"id": "nonsense"}, 400, "invalid_id", "id"),
        ("jobs.get", {"id": "JOB-99999"}, 404, "not_found", None),
        ("jobs.get", {"id": "don:core:dvrv-us-1:devo/globex:job/1"}, 400, "invalid_id", "id"),
        ("jobs.list", {"category": ["dance"]}, 400, "invalid_enum_value", "category[0]"),
        ("jobs.list", {"state": "queued"}, 400, "unexpected_json_type", "state"),
        ("jobs.list", {"state": ["asleep"]}, 400, "invalid_enum_value", "state[0]"),
        ("jobs.list", {"created_by": ["TAG-1"]}, 400, "unexpected_id_type", "created_by[0]"),
        ("jobs.list", {"parent_ids": ["DEVU-1"]}, 400, "unexpected_id_type", "parent_ids[0]"),
        ("jobs.list", {"cursor": "x"}, 400, "value_not_permitted", "cursor"),
        ("jobs.list", {"limit": 1001}, 400, "value_not_permitted", "limit"),
        ("jobs.list", {"sort_by": ["title:asc"]}, 400, "invalid_enum_value", "sort_by[0]"),
        ("jobs.list", {"x": 1}, 400, "invalid_field", "x"),
    ],
)
def test_bad_input_names_the_field(devrev: Devrev, path: str, body: object, status: int, kind: str, field: str | None) -> None:
    answer = devrev.call(path, body, expect=status)
    assert (answer["type"], answer.get("field_name")) == (kind, field)
