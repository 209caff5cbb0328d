"""ping and atoms.get: over HTTP, against the official document."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import httpx
import pytest

from parley.devrev.atoms import GETS
from parley.devrev.families import FAMILIES
from tests.wire import devrev_world, official
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    world = asyncio.run(devrev_world.build(module_database))
    return Devrev(live.url, world.tokens)


@pytest.mark.parametrize("who", ["ada", "bob", "contact", "bot", "globex"])
def test_everybody_may_ping(devrev: Devrev, who: str) -> None:
    told = devrev.call("ping", who=who)["timestamp"]
    assert abs((datetime.fromisoformat(told) - datetime.now(UTC)).total_seconds()) < 60
    assert devrev.get("ping", "devrev_partition=dvrv-us-1", who=who).json().keys() == {"timestamp"}


def test_pings_bad_input(devrev: Devrev) -> None:
    elsewhere = devrev.call("ping", {"devrev_partition": "dvrv-in-1"}, expect=400)
    assert (elsewhere["type"], elsewhere["allowed_values"]) == ("value_not_permitted", ["dvrv-us-1"])
    assert devrev.call("ping", {"x": 1}, expect=400)["type"] == "invalid_field"
    url, headers = f"{devrev.url}/ping", {"Authorization": devrev.tokens["ada"], "Content-Type": "application/json"}
    assert httpx.post(url, headers=headers).status_code == 400
    assert httpx.post(url, headers=headers).json()["type"] == "parse_error"
    # Clients that always send the type may still ask by GET.
    assert httpx.get(url, headers=headers).status_code == 200
    assert httpx.get(url).status_code == 401


def test_an_atom_is_what_its_own_endpoint_shows(devrev: Devrev) -> None:
    tag = devrev.call("tags.get", {"id": "TAG-1"})["tag"]
    assert devrev.call("atoms.get", {"id": "TAG-1"})["atom"] == {"type": "tag", **tag}
    assert devrev.get("atoms.get", f"id={tag['id']}", who="bob").json()["atom"] == {"type": "tag", **tag}
    made = devrev.call("webhooks.create", {"url": "https://example.org"}, expect=201)["webhook"]
    assert devrev.call("atoms.get", {"id": made["id"]})["atom"] == {"type": "webhook", **made}


def test_an_atom_is_refused_to_whom_its_endpoint_refuses_it(devrev: Devrev) -> None:
    made = devrev.call("webhooks.create", {"url": "https://example.org"}, expect=201)["webhook"]
    assert devrev.call("atoms.get", {"id": made["id"]}, who="bob", expect=403)["type"] == "forbidden"
    assert devrev.call("atoms.get", {"id": "TAG-1"}, who="contact", expect=403)["type"] == "forbidden"
    assert devrev.call("atoms.get", {"id": "TAG-1"}, who="globex", expect=404)["type"] == "not_found"


def test_atoms_are_of_the_documents_types() -> None:
    paths = official.document()["paths"]
    types = set(official.definitions()["atom-type"]["enum"])
    assert set(GETS) <= types
    assert {f"/{name}" for name in GETS.values()} <= set(paths)
    served = {one.name for family in FAMILIES for one in family.endpoints}
    assert {"tags.get", "webhooks.get"} <= served & set(GETS.values())


@pytest.mark.parametrize(
    ("body", "status", "kind", "field"),
    [
        ({}, 400, "missing_required_field", "id"),
        ({"id": 1}, 400, "unexpected_json_type", "id"),
        ({"id": "nonsense"}, 400, "invalid_id", "id"),
        ({"id": "CHAN-1"}, 400, "unexpected_id_type", "id"),
        ({"id": "TAG-999"}, 404, "not_found", None),
        ({"id": "don:core:dvrv-us-1:devo/globex:tag/1"}, 400, "invalid_id", "id"),
        ({"id": "TAG-1", "x": 1}, 400, "invalid_field", "x"),
    ],
)
def test_bad_input_names_the_field(devrev: Devrev, body: object, status: int, kind: str, field: str | None) -> None:
    answer = devrev.call("atoms.get", body, expect=status)
    assert (answer["type"], answer.get("field_name")) == (kind, field)
