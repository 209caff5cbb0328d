"""Signing in with devise's headers (contract 3.9, section 4)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import argon2
import asyncpg
import httpx
import pytest

from parley.actions import provision
from parley.actions.context import Context
from parley.actions.sessions import make_link, make_reset_link
from parley.store import control
from parley.store.database import Database
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import ADA, BO, FOREIGN, GONE, World, build, run
from tests.wire.conftest import Live

PASSWORD = "Sample-1234"
WRONG = {"success": False, "errors": ["Invalid login credentials. Please try again."]}
NOBODY = {"errors": ["You need to sign in or sign up before continuing."]}


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    world = run(build(live.dsn, live.url))
    world.fill(set_passwords)
    return world


async def set_passwords(connection: Any) -> None:
    """By a light hash, which is proved by its own rule as any other: what is told here does not hang on the work it takes."""
    hashed = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    for user_id in (ADA, BO, FOREIGN):
        await control.set_password(connection, user_id, hashed)


@pytest.fixture
def chatwoot(live: Live, world: World) -> Chatwoot:
    world.execute("DELETE FROM login_attempts")
    return Chatwoot(live.url, world.tokens)


def sign_in(chatwoot: Chatwoot, email: str = "u1@x.test", password: str = PASSWORD, **more: Any) -> httpx.Response:
    return chatwoot.ask("POST", "/auth/sign_in", {"email": email, "password": password}, who="", **more)


def headers(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 200, answer.text
    return {name: answer.headers[name] for name in ("access-token", "client", "uid")}


def test_signing_in_opens_everything_that_a_token_does(chatwoot: Chatwoot) -> None:
    answer = sign_in(chatwoot, " U1@X.test ")
    user = answer.json()["data"]
    assert (user["id"], user["email"], user["role"], [one["id"] for one in user["accounts"]]) == (ADA, "u1@x.test", "administrator", [1])
    assert answer.headers["token-type"] == "Bearer"
    left = datetime.fromtimestamp(int(answer.headers["expiry"]), UTC) - datetime.now(UTC)
    assert timedelta(days=59) < left <= timedelta(days=60)
    session = headers(answer)
    for path in ("canned_responses", "conversations?status=all", "conversations/meta", "/api/v1/profile"):
        assert chatwoot.ask("GET", path, who="", headers=session).status_code == 200
    made = chatwoot.post("canned_responses", {"short_code": "s", "content": "x"}, who="", headers=session)
    assert made["short_code"] == "s"
    chatwoot.get("/api/v1/accounts/2/canned_responses", who="", headers=session, expect=401)


@pytest.mark.parametrize("part", ["access-token", "client", "uid"])
def test_each_of_the_three_headers_counts(chatwoot: Chatwoot, part: str) -> None:
    session = headers(sign_in(chatwoot))
    assert chatwoot.get("/api/v1/profile", who="", headers=session | {part: "else"}, expect=401) == NOBODY
    assert chatwoot.get("canned_responses", who="", headers={k: v for k, v in session.items() if k != part}, expect=401) == NOBODY


def test_another_users_session_does_not_go_with_my_device(chatwoot: Chatwoot) -> None:
    mine, theirs = headers(sign_in(chatwoot)), headers(sign_in(chatwoot, "u2@x.test"))
    assert chatwoot.get("/api/v1/profile", who="", headers=mine | {"access-token": theirs["access-token"]}, expect=401) == NOBODY


@pytest.mark.parametrize(
    ("email", "password"),
    [("u1@x.test", "wrong"), ("nobody@x.test", PASSWORD), ("u3@x.test", PASSWORD), ("", ""), ("u1@x.test", "")],
)
def test_wrong_credentials_are_told_alike(chatwoot: Chatwoot, email: str, password: str) -> None:
    answer = sign_in(chatwoot, email, password)
    assert (answer.status_code, answer.json()) == (401, WRONG)
    assert "access-token" not in answer.headers


def test_a_missing_or_odd_body_is_no_failure(chatwoot: Chatwoot) -> None:
    assert chatwoot.post("/auth/sign_in", {}, who="", expect=401) == WRONG
    assert chatwoot.post("/auth/sign_in", {"email": ["x"]}, who="", expect=422)["error"].startswith("email: expected string")


def test_the_sixth_wrong_one_in_five_minutes_waits(chatwoot: Chatwoot) -> None:
    for _ in range(5):
        assert sign_in(chatwoot, password="wrong").status_code == 401
    answer = sign_in(chatwoot)
    assert (answer.status_code, answer.text) == (429, "Retry later\n")
    assert 1 <= int(answer.headers["retry-after"]) <= 300
    elsewhere = {"x-forwarded-for": "198.51.100.7"}
    assert sign_in(chatwoot, headers=elsewhere).status_code == 200, "another address behind the same proxy"


def test_right_ones_are_not_counted_and_the_window_ends(chatwoot: Chatwoot, world: World) -> None:
    for _ in range(7):
        assert sign_in(chatwoot).status_code == 200
    for _ in range(6):
        sign_in(chatwoot, password="wrong")
    world.execute("UPDATE login_attempts SET started_at = started_at - interval '5 minutes'")
    assert sign_in(chatwoot).status_code == 200


def test_wrong_ones_at_once_count_one_by_one(chatwoot: Chatwoot, world: World) -> None:
    async def all_at_once() -> list[int]:
        async with httpx.AsyncClient(base_url=world.url, timeout=60) as client:
            asked = [client.post("/auth/sign_in", json={"email": "u1@x.test", "password": "wrong"}) for _ in range(12)]
            return [answer.status_code for answer in await asyncio.gather(*asked)]

    found = run(all_at_once())
    assert (found.count(401), found.count(429)) == (5, 7)


def test_several_devices_and_signing_out_of_one(chatwoot: Chatwoot) -> None:
    first, second = headers(sign_in(chatwoot)), headers(sign_in(chatwoot))
    assert first["client"] != second["client"]
    assert chatwoot.call("DELETE", "/auth/sign_out", who="", headers=first) == {"success": True}
    assert chatwoot.get("canned_responses", who="", headers=first, expect=401) == NOBODY
    assert chatwoot.get("/auth/validate_token", who="", headers=second)["payload"]["success"] is True
    gone = chatwoot.call("DELETE", "/auth/sign_out", who="", headers=first, expect=404)
    assert gone == {"success": False, "errors": ["User was not found or was not logged in."]}
    chatwoot.call("DELETE", "/auth/sign_out", expect=404)
    assert chatwoot.get("canned_responses") is not None, "an API token is no session and stays"


def test_the_26th_device_ends_the_oldest(chatwoot: Chatwoot, world: World) -> None:
    first = headers(sign_in(chatwoot, "u8@x.test"))
    for _ in range(24):
        sign_in(chatwoot, "u8@x.test")
    chatwoot.get("/auth/validate_token", who="", headers=first)
    sign_in(chatwoot, "u8@x.test")
    chatwoot.get("/auth/validate_token", who="", headers=first, expect=401)


def test_validating(chatwoot: Chatwoot) -> None:
    session = headers(sign_in(chatwoot, "u2@x.test"))
    found = chatwoot.get("/auth/validate_token", who="", headers=session)["payload"]
    assert (found["success"], found["data"]["id"], found["data"]["uid"]) == (True, BO, "u2@x.test")
    refused = chatwoot.get("/auth/validate_token", who="", expect=401)
    assert refused == {"success": False, "errors": ["Invalid login credentials"]}
    chatwoot.get("/auth/validate_token", who="bot", expect=401)
    chatwoot.get("/auth/validate_token", who="contact", expect=401)


def test_a_session_ends_with_its_time(chatwoot: Chatwoot, world: World) -> None:
    session = headers(sign_in(chatwoot))
    world.execute("UPDATE tokens SET expires_at = now() WHERE kind = 'login'")
    assert chatwoot.get("canned_responses", who="", headers=session, expect=401) == NOBODY


def test_tokens_are_kept_hashed(chatwoot: Chatwoot, world: World) -> None:
    token = headers(sign_in(chatwoot))["access-token"]

    async def look(connection: Any) -> None:
        rows = await connection.fetch("SELECT t::text FROM tokens t WHERE kind = 'login'")
        assert rows
        assert not any(token in row[0] for row in rows)

    world.fill(look)


def test_an_imported_password_is_proved_and_becomes_argon2(chatwoot: Chatwoot, world: World) -> None:
    # "Sample-1234", made by bcrypt with cost 4, as devise keeps it.
    hashed = "$2a$04$abcdefghijklmnopqrstuuxrGSISMTKyosTvgCfhrm6ULh5Y0go.W"
    world.execute(f"INSERT INTO credentials (user_id, password_hash) VALUES (3, '{hashed}')")
    assert sign_in(chatwoot, "u3@x.test", "Sample-12345").status_code == 401
    assert sign_in(chatwoot, "u3@x.test").status_code == 200

    async def look(connection: Any) -> None:
        assert (await control.get_password(connection, 3) or "").startswith("$argon2id$")

    world.fill(look)
    assert sign_in(chatwoot, "u3@x.test").status_code == 200


def test_there_is_no_mail_and_it_says_so(chatwoot: Chatwoot) -> None:
    for email in ("u1@x.test", "nobody@x.test"):
        refused = chatwoot.post("/auth/password", {"email": email}, who="", expect=422)
        assert "reset link" in refused["error"]


async def link(dsn: str, user_id: int) -> str:
    database = await Database.open(dsn, max_connections=1)
    try:
        async with database.write(0) as connection:
            return await make_link(connection, Context(database=database, cursor_key=b""), user_id, "login")
    finally:
        await database.close()


async def reset(dsn: str, email: str) -> str:
    database = await Database.open(dsn, max_connections=1)
    try:
        return await make_reset_link(Context(database=database, cursor_key=b""), email)
    finally:
        await database.close()


def test_a_reset_link_sets_a_password_once_and_ends_every_session(chatwoot: Chatwoot, world: World) -> None:
    before = headers(sign_in(chatwoot, "u2@x.test"))
    token = run(reset(world.dsn, "u2@x.test"))
    weak = {"reset_password_token": token, "password": "weak", "password_confirmation": "weak"}
    assert chatwoot.call("PUT", "/auth/password", weak, who="", expect=422)["attributes"] == ["password"]
    unlike = weak | {"password": "Another-1"}
    assert chatwoot.call("PUT", "/auth/password", unlike, who="", expect=422)["attributes"] == ["password_confirmation"]
    good = unlike | {"password_confirmation": "Another-1"}
    answer = chatwoot.ask("PUT", "/auth/password", good, who="")
    assert answer.json()["data"]["id"] == BO
    chatwoot.get("/auth/validate_token", who="", headers=headers(answer))
    chatwoot.get("/auth/validate_token", who="", headers=before, expect=401)
    assert chatwoot.call("PUT", "/auth/password", good, who="", expect=422)["message"] == "Invalid token"
    assert sign_in(chatwoot, "u2@x.test").status_code == 401
    assert sign_in(chatwoot, "u2@x.test", "Another-1").status_code == 200
    world.fill(set_passwords)


def test_a_login_link_works_once_and_for_its_user_only(chatwoot: Chatwoot, world: World) -> None:
    body = {"email": "u1@x.test", "sso_auth_token": run(link(world.dsn, ADA))}
    assert chatwoot.post("/auth/sign_in", body, who="")["data"]["id"] == ADA
    assert chatwoot.post("/auth/sign_in", body, who="", expect=401) == WRONG
    theirs = {"email": "u2@x.test", "sso_auth_token": run(link(world.dsn, ADA))}
    assert chatwoot.post("/auth/sign_in", theirs, who="", expect=401) == WRONG


def test_somebody_who_left_signs_in_to_nothing(chatwoot: Chatwoot, world: World) -> None:
    world.fill(lambda connection: control.set_password(connection, GONE, provision.hash_password(PASSWORD)))
    answer = sign_in(chatwoot, "u9@x.test")
    assert answer.json()["data"]["accounts"] == []
    assert not {"account_id", "role"} & set(answer.json()["data"])
    session = headers(answer)
    chatwoot.get("canned_responses", who="", headers=session, expect=401)
    assert chatwoot.get("/api/v1/profile", who="", headers=session)["name"] == "Gone"
    refused = chatwoot.call("PUT", "/api/v1/profile", {"profile": {"name": "Back"}}, who="", headers=session, expect=401)
    assert refused == {"error": "You are not authorized to access this account"}


def test_sessions_leave_events(chatwoot: Chatwoot, world: World) -> None:
    chatwoot.call("DELETE", "/auth/sign_out", who="", headers=headers(sign_in(chatwoot)))

    async def look(connection: asyncpg.Connection) -> None:
        kinds = await connection.fetch("SELECT kind FROM events WHERE tenant_id = 1 AND actor_id = $1 ORDER BY id DESC LIMIT 2", ADA)
        assert [row[0] for row in kinds] == ["session.ended", "session.started"]

    world.fill(look)
