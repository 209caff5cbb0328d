"""The `parley` command as scripts use it: as a process, by its JSON, its exit codes and its stderr."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import argon2
import asyncpg
import pytest

from parley.cli import reference
from parley.server.embedded import own
from tests import forked

ROOT = Path(__file__).resolve().parents[2]


class Parley:
    """Runs commands over one database, given by its URL or by its data folder."""

    def __init__(self, data: Path, url: str | None = None) -> None:
        self.data = data
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("PARLEY_")}
        self.environment |= {"PARLEY_DATA": str(data)} | ({"PARLEY_DATABASE_URL": url} if url else {})

    def run(self, *words: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        return forked.run(list(words), self.environment | variables, stdin)

    def json(self, *words: str, stdin: str = "") -> Any:
        """The one JSON value that a command prints; nothing else may be on stdout."""
        done = self.run(*words, "--json", stdin=stdin)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def refused(self, *words: str, code: int = 1, **variables: str) -> str:
        done = self.run(*words, **variables)
        assert (done.returncode, done.stdout) == (code, ""), done.stderr
        return done.stderr


@pytest.fixture
def parley(database: str, tmp_path: Path) -> Parley:
    return Parley(tmp_path / "data", database)


@pytest.fixture
def acme(parley: Parley) -> Parley:
    """With a tenant acme and its administrator."""
    parley.json("tenant", "create", "--slug", "acme", "--name", "Acme Ltd")
    parley.json("user", "create", "--tenant", "acme", "--email", "ann@acme.example", "--name", "Ann", "--role", "administrator")
    return parley


def test_a_platform_app_gets_a_token_and_a_user_a_reset_link(acme: Parley) -> None:
    made = acme.json("platform-app", "create", "--name", "Portal")
    assert made["platform_app"]["name"] == "Portal"
    assert made["token"].startswith("prl_")
    assert made["token"] not in json.dumps(acme.json("token", "list", "--tenant", "acme"))
    assert acme.run("platform-app", "create", "--name", "Portal").stdout.startswith("prl_")
    assert acme.json("user", "reset-link", "ANN@acme.example")["reset_password_token"].startswith("prl_")
    assert acme.refused("user", "reset-link", "eve@acme.example") == "parley: no user 'eve@acme.example'\n"


def test_a_demo_prints_its_logins_and_prints_them_again_with_fresh_tokens(parley: Parley) -> None:
    first = parley.json("demo")
    assert first.keys() == {"tenant", "account_id", "users", "contact"}
    assert first["tenant"] == {"id": first["account_id"], "slug": "demo"}
    assert first["users"].keys() == {"administrator", "agent", "teammate"}
    assert all(user.keys() == {"id", "email", "password", "token"} for user in first["users"].values())
    assert first["contact"].keys() == {"id", "token"}
    again = parley.json("demo")
    assert without_tokens(again) == without_tokens(first)
    assert again["users"]["agent"]["token"] != first["users"]["agent"]["token"]
    assert len(parley.json("token", "list", "--tenant", "demo")["tokens"]) == 4
    shown = parley.run("demo")
    assert first["users"]["administrator"]["password"] in shown.stdout
    assert f"parley serve --data {parley.data}" in shown.stdout


def without_tokens(known: Any) -> Any:
    if not isinstance(known, dict):
        return known
    return {key: without_tokens(value) for key, value in known.items() if key != "token"}


def test_the_demos_logins_lie_beside_the_data_for_its_owner_only(parley: Parley) -> None:
    known = parley.json("demo", "--scale", "100")
    file = parley.data / "demo.json"
    assert json.loads(file.read_text()) == known
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    support = parley.json("demo")
    parley.json("demo", "--scale", "100")
    assert json.loads(file.read_text()) == support


def test_tenants_are_made_and_listed(parley: Parley) -> None:
    made = parley.json("tenant", "create", "--slug", "acme", "--name", "Acme Ltd")["tenant"]
    assert made == {"id": 1, "slug": "acme", "name": "Acme Ltd", "status": "active"}
    assert parley.json("tenant", "create", "--slug", "far", "--id", "40")["tenant"]["id"] == 40
    assert parley.json("tenant", "create", "--slug", "next")["tenant"]["id"] == 41
    assert [tenant["slug"] for tenant in parley.json("tenant", "list")["tenants"]] == ["acme", "far", "next"]
    assert "Acme Ltd" in parley.run("tenant", "list").stdout
    assert parley.refused("tenant", "create", "--slug", "acme") == "parley: a tenant 'acme' or with this id already exists\n"


def test_users_are_made_join_other_tenants_and_are_listed(acme: Parley) -> None:
    acme.json("tenant", "create", "--slug", "other")
    words = ("--email", "bob@acme.example", "--name", "Bob")
    made = acme.json("user", "create", "--tenant", "acme", *words, "--password", "-", stdin="correct horse\n")["user"]
    assert (made["role"], made["password"]) == ("agent", "correct horse")
    assert acme.json("user", "create", "--tenant", "other", *words)["user"] == made | {"password": None}
    assert [user["email"] for user in acme.json("user", "list", "--tenant", "1")["users"]] == ["ann@acme.example", "bob@acme.example"]
    assert "already belongs to acme" in acme.refused("user", "create", "--tenant", "acme", *words)


async def _password_hash(parley: Parley, user_id: int) -> str:
    connection = await asyncpg.connect(parley.environment["PARLEY_DATABASE_URL"])
    try:
        return str(await connection.fetchval("SELECT password_hash FROM credentials WHERE user_id = $1", user_id))
    finally:
        await connection.close()


def test_a_user_is_given_a_password(acme: Parley) -> None:
    known = ("create", "--tenant", "acme", "--email", "eve@acme.example", "--name", "Eve")
    user_id = acme.json("user", *known, "--password", "-", stdin="first\n")["user"]["id"]
    given = acme.json("user", "password", "EVE@acme.example", "--password", "-", stdin="correct horse\n")["user"]
    assert given == {"id": user_id, "name": "Eve", "email": "eve@acme.example", "password": "correct horse"}
    stored = asyncio.run(_password_hash(acme, user_id))
    assert argon2.PasswordHasher().verify(stored, "correct horse")
    assert len(acme.json("user", "password", str(user_id))["user"]["password"]) >= 16
    assert acme.refused("user", "password", "nobody@acme.example") == "parley: no user 'nobody@acme.example'\n"


def test_tokens_are_made_listed_and_revoked(acme: Parley) -> None:
    token = acme.json("token", "create", "--tenant", "acme", "--user", "ANN@acme.example", "--scope", "read", "--name", "ci")
    assert token.keys() == {"token"}
    assert token["token"].startswith("prl_")
    (listed,) = acme.json("token", "list", "--tenant", "1")["tokens"]
    assert (listed["owner_kind"], listed["scope"], listed["name"]) == ("user", "read", "ci")
    assert token["token"] not in json.dumps(listed)
    acme.json("token", "revoke", str(listed["id"]), "--tenant", "acme")
    assert acme.json("token", "list", "--tenant", "acme")["tokens"] == []
    assert acme.refused("token", "revoke", str(listed["id"]), "--tenant", "acme") == "parley: acme has no token 1 that works\n"


def test_a_token_alone_is_on_stdout(acme: Parley) -> None:
    done = acme.run("token", "create", "--tenant", "1", "--user", "1")
    assert done.stdout.startswith("prl_")
    assert len(done.stdout.split()) == 1
    assert "not shown again" in done.stderr


def test_a_token_is_for_a_member_of_the_tenant(acme: Parley) -> None:
    acme.json("tenant", "create", "--slug", "other")
    assert "ann@acme.example does not belong to other" in acme.refused("token", "create", "--tenant", "other", "--user", "ann@acme.example")
    assert acme.refused("token", "create", "--tenant", "nope", "--user", "1") == "parley: no tenant 'nope'\n"
    assert acme.refused("token", "create", "--tenant", "acme", "--user", "eve@acme.example") == "parley: no user 'eve@acme.example'\n"


def test_migrate_says_what_it_applied(empty_database: str, tmp_path: Path) -> None:
    parley = Parley(tmp_path, empty_database)
    assert parley.json("migrate")["applied"][0] == "0001_control"
    assert parley.json("migrate") == {"applied": []}
    assert "up to date" in parley.run("migrate").stdout


def test_other_commands_migrate_by_themselves(empty_database: str, tmp_path: Path) -> None:
    assert Parley(tmp_path, empty_database).json("tenant", "list") == {"tenants": []}


def test_the_doctor_tells_and_mends(parley: Parley, database: str) -> None:
    parley.json("demo", "--scale", "100")
    assert parley.json("doctor") == {"findings": []}
    subprocess.run([sys.executable, "-c", SPOIL, database], check=True, capture_output=True)
    ill = parley.run("doctor", "--json")
    assert ill.returncode == 1
    assert [finding["name"] for finding in json.loads(ill.stdout)["findings"]] == ["unread_counts"]
    assert "unread_counts" in parley.run("doctor", "--repair").stdout
    assert parley.run("doctor").stdout == "All is well.\n"


SPOIL = """
import asyncio, asyncpg, sys
async def spoil():
    connection = await asyncpg.connect(sys.argv[1])
    await connection.execute("UPDATE conversations SET unread_count = 77 WHERE number = 1 AND tenant_id = 1")
    await connection.close()
asyncio.run(spoil())
"""


def test_version_is_printed_and_needs_no_database(tmp_path: Path) -> None:
    parley = Parley(tmp_path, "postgresql://nobody@127.0.0.1:1/nothing")
    assert parley.json("version")["version"] == parley.run("version").stdout.split()[1]


def test_version_imports_no_database_code(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-X", "importtime", "-m", "parley", "version"], capture_output=True, text=True, check=True)
    assert not [line for line in done.stderr.splitlines() if line.endswith((" asyncpg", " parley.server.embedded", " granian", " argon2"))]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("token", "create"), "--tenant"),
        (("tenant", "create", "--slug", "a b"), "letters, digits"),
        (("demo", "--source", "elsewhere"), "elsewhere"),
        (("demo", "--scale", "1"), "100"),
        (("demo", "--scale", "100", "--source", "chitchat"), "no --source"),
        (("demo", "--day", "yesterday"), "yesterday"),
        (("user", "create", "--tenant", "1", "--email", "a@b.example", "--name", "A", "--role", "king"), "king"),
        (("sereve",), "serve"),
    ],
)
def test_a_command_line_that_cannot_be_understood_is_exit_code_2(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    assert said in Parley(tmp_path).refused(*words, code=2)


def test_a_database_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    stderr = Parley(tmp_path, "postgresql://nobody@127.0.0.1:1/nothing").refused("tenant", "list")
    assert stderr.startswith("parley: cannot reach the database")
    assert stderr.count("\n") == 1


def test_an_unknown_setting_is_one_line(tmp_path: Path) -> None:
    assert Parley(tmp_path).refused("tenant", "list", PARLEY_DATBASE_URL="x").startswith("parley: PARLEY_DATBASE_URL: there is no such")


def test_a_newer_database_is_refused(parley: Parley, database: str) -> None:
    newer = "import asyncio, asyncpg, sys\nasync def go():\n c = await asyncpg.connect(sys.argv[1])\n"
    newer += " await c.execute(\"INSERT INTO migrations (number, name) VALUES (9999, '9999_later')\")\n await c.close()\nasyncio.run(go())"
    subprocess.run([sys.executable, "-c", newer, database], check=True)
    assert "upgrade Parley" in parley.refused("tenant", "list")


def test_commands_use_the_database_of_a_running_server_as_guests(tmp_path: Path) -> None:
    """Nothing names a database: the data folder's owner, here this process, keeps it when the guests have gone."""
    data = tmp_path / "data"
    with own(data, command="parley serve", durable=False):
        pid = (data / "postgres" / "postmaster.pid").read_text().splitlines()[0]
        guest = Parley(data)
        guest.json("tenant", "create", "--slug", "acme")
        assert guest.json("tenant", "list")["tenants"][0]["slug"] == "acme"
        assert (data / "postgres" / "postmaster.pid").read_text().splitlines()[0] == pid
    assert Parley(data).json("tenant", "list")["tenants"][0]["slug"] == "acme"
    assert not (data / "postgres" / "postmaster.pid").exists()


def test_every_command_explains_itself_and_each_of_its_options() -> None:
    root = reference.get_command(reference.app)
    for path, command in reference.commands(root, "parley"):
        assert command.help, path
        assert all(parameter.help for parameter in command.params), path


def test_the_page_about_the_command_line_is_in_step() -> None:
    written = (ROOT / "docs" / "cli.md").read_text()
    assert written == reference.document(), "run: python -m parley.cli.reference > docs/cli.md"
