"""The lines that people copy from the first screen; a test runs each of them."""

from __future__ import annotations

from typing import NamedTuple

from .demo import Demo


class Example(NamedTuple):
    """One call, for a shell and for Python."""

    anchor: str
    title: str
    api: str
    text: str
    curl: str
    python: str


class Caller(NamedTuple):
    """How the examples write the server, the token and the account: real, or from the environment."""

    url: str
    shell_token: str
    python_token: str
    shell_account: str
    python_account: str


def caller(url: str, demo: Demo | None) -> Caller:
    """With a demo its values stand in the lines; without, PARLEY_TOKEN and PARLEY_ACCOUNT do."""
    if demo is None:
        return Caller(url, "$PARLEY_TOKEN", 'os.environ["PARLEY_TOKEN"]', "$PARLEY_ACCOUNT", "{os.environ['PARLEY_ACCOUNT']}")
    return Caller(url, demo.token, f'"{demo.token}"', str(demo.account_id), str(demo.account_id))


def examples(who: Caller) -> list[Example]:
    return [_list(who), _export(who), _chatwoot(who)]


def _list(who: Caller) -> Example:
    return Example(
        "devrev-list",
        "List conversations",
        "DevRev",
        "Filter, sort and page with cursors that stay right while conversations change.",
        _devrev_curl(who, "conversations.list", '{"stage": {"name": ["needs_response"]}, "limit": 2}'),
        f"""\
{_imports(who, "json, urllib.request")}
url = "{who.url}/conversations.list"
headers = {{"Authorization": {who.python_token}, "Content-Type": "application/json"}}
body = {{"stage": {{"name": ["needs_response"]}}, "limit": 50}}
while True:
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    page = json.load(urllib.request.urlopen(request))
    print(*[one["display_id"] for one in page["conversations"]])
    if not (cursor := page.get("next_cursor")): break
    body["cursor"] = cursor""",
    )


def _export(who: Caller) -> Example:
    return Example(
        "devrev-export",
        "Export conversations",
        "DevRev",
        "Up to 5,000 conversations with their messages in one streamed answer.",
        _devrev_curl(who, "conversations.export", '{"first": 2}'),
        f"""\
{_imports(who, "json, urllib.request")}
url = "{who.url}/conversations.export"
headers = {{"Authorization": {who.python_token}, "Content-Type": "application/json"}}
body = {{"modified_date": {{"after": "2020-01-01T00:00:00Z"}}, "first": 5000}}
request = urllib.request.Request(url, json.dumps(body).encode(), headers)
with urllib.request.urlopen(request) as answer, open("conversations.json", "wb") as file:
    while chunk := answer.read(65536):
        file.write(chunk)
    print(f"{{file.tell():,}} bytes are in {{file.name}}")""",
    )


def _chatwoot(who: Caller) -> Example:
    path = "api/v1/accounts/{}/conversations"
    return Example(
        "chatwoot-list",
        "List conversations",
        "Chatwoot",
        "The same conversations under the same numbers, with Chatwoot's filters, pages and counts.",
        f'curl -s "{who.url}/{path.format(who.shell_account)}?status=open&page=1" \\\n  -H "api_access_token: {who.shell_token}"',
        f"""\
{_imports(who, "json, urllib.request")}
url = {"f" if "{" in who.python_account else ""}"{who.url}/{path.format(who.python_account)}"
headers = {{"api_access_token": {who.python_token}}}
request = urllib.request.Request(url + "?status=open&sort_by=created_at_desc", headers=headers)
data = json.load(urllib.request.urlopen(request))["data"]
print(data["meta"])
for conversation in data["payload"]:
    sender = conversation["meta"]["sender"]["name"]
    print(conversation["id"], conversation["status"], sender, *conversation["labels"])""",
    )


def _devrev_curl(who: Caller, endpoint: str, body: str) -> str:
    return (
        f'curl -s "{who.url}/{endpoint}" \\\n  -H "Authorization: {who.shell_token}" \\\n'
        f"  -H \"Content-Type: application/json\" \\\n  -d '{body}'"
    )


def _imports(who: Caller, modules: str) -> str:
    return f"import {modules}" if who.python_token.startswith('"') else f"import {modules.replace('json,', 'json, os,')}"
