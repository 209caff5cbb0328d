"""Lines 8 and 9: what Chatwoot's clients ask all day, against the same SQL in pgbench; and each key of the filter alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from parley.transfer.demo.scale import MEDIUM

from . import captured, pgbench, servers, storm
from .bed import Bed
from .bench import Bench
from .client import Ask, ask
from .report import Measurement, spread
from .rounds import interleaved, latencies, medians, ratio

CONNECTIONS = 8
_FILTER = [{"attribute_key": "status", "filter_operator": "equal_to", "values": ["open"], "query_operator": None}]
_TEXT = ("equal_to", "not_equal_to", "contains", "does_not_contain")


def measure(bench: Bench) -> Iterator[Measurement]:
    with servers.ours(bench.bed.dsn) as server:
        for name, request in _requests(bench.bed, server.port).items():
            yield _rate(bench, name, request)


def measure_filters(bench: Bench) -> Iterator[Measurement]:
    """Latency of a page of each key, operator and a value that many and one that no conversation has, in plain list pages."""
    bed = bench.bed
    with servers.ours(bed.dsn) as server:
        requests = {f"{key} {how} {value}": filtered(bed, server.port, key, how, value) for key, how, value in _conditions(bed)}
        plain = bed.chatwoot(server.port, "status=all")
        found = {name: len(ask(one).json()["payload"]) for name, one in requests.items()}
        cost = latencies({"": plain, **requests}, rounds=max(2, bench.rounds - 2), times=max(3, bench.times // 6))
    worst: dict[str, str] = {}
    for name in requests:
        key = name.split(" ")[0]
        if key not in worst or cost[name] > cost[worst[key]]:
            worst[key] = name
    for key, name in worst.items():
        detail = f"{name.removeprefix(key).strip()!r} costs most: {1000 * cost[name]:.0f} ms for {found[name]} rows"
        detail += f"; the plain page {1000 * cost['']:.1f} ms"
        yield Measurement(9, f"filter by {key}", cost[name] / cost[""], target=10, detail=detail)


def _rate(bench: Bench, name: str, request: Ask) -> Measurement:
    bed = bench.bed
    statements = captured.statements_of(bed.dsn, request)
    rates = interleaved(
        bench.rounds,
        {
            "ours": lambda: storm.rate(request, connections=CONNECTIONS, seconds=bench.seconds),
            "pgbench": lambda: pgbench.replay(bed.dsn, statements, connections=CONNECTIONS, seconds=bench.seconds),
        },
    )
    middle = medians(rates)
    detail = (
        f"{middle['ours']:,.0f} requests/s against {middle['pgbench']:,.0f} transactions/s of its {len(statements)} statements; "
        f"{ask(request).size:,} bytes; rounds of ours {spread(rates['ours'], '/s')}"
    )
    return Measurement(8, f"{name}: ours / pgbench", ratio(rates, "ours", "pgbench"), at_least=True, detail=detail)


def _requests(bed: Bed, port: int) -> dict[str, Ask]:
    (busy,) = bed.fetch(
        "SELECT m.conversation_number AS number FROM messages m WHERE m.tenant_id = $1 AND m.kind <> 'activity'"
        " GROUP BY m.conversation_number ORDER BY count(*) DESC, 1 LIMIT 1",
        bed.tenant_id,
    )
    return {
        "list of 25": bed.chatwoot(port, "status=open"),
        "meta": bed.chatwoot(port, "status=open", meta=True),
        "show": get(bed, port, f"conversations/{busy['number']}"),
        "a page of messages": get(bed, port, f"conversations/{busy['number']}/messages"),
        "filter": _post(bed, port, "conversations/filter", {"payload": _FILTER}),
        "search": get(bed, port, f"conversations/search?q={MEDIUM}"),
    }


def get(bed: Bed, port: int, path: str, version: str = "v1") -> Ask:
    """A GET below the account."""
    return Ask(port, "GET", f"/api/{version}/accounts/{bed.account_id}/{path}", {"api_access_token": bed.token})


def _post(bed: Bed, port: int, path: str, body: Any) -> Ask:
    headers = {"api_access_token": bed.token, "content-type": "application/json"}
    return Ask(port, "POST", f"/api/v1/accounts/{bed.account_id}/{path}", headers, json.dumps(body).encode())


def filtered(bed: Bed, port: int, key: str, how: str, value: Any) -> Ask:
    """Chatwoot's filter with one condition."""
    values = value if isinstance(value, list) else [value]
    condition = {"attribute_key": key, "filter_operator": how, "values": values, "query_operator": None}
    return _post(bed, port, "conversations/filter", {"payload": [condition]})


def _conditions(bed: Bed) -> Iterator[tuple[str, str, Any]]:
    (row,) = bed.fetch(
        "SELECT (SELECT min(u.user_id) FROM memberships u WHERE u.tenant_id = $1) AS assignee_id,"
        " (SELECT min(i.id) FROM inboxes i WHERE i.tenant_id = $1) AS inbox_id,"
        " (SELECT min(t.id) FROM teams t WHERE t.tenant_id = $1) AS team_id,"
        " (SELECT max(c.contact_id) FROM conversations c WHERE c.tenant_id = $1) AS contact_id,"
        " (SELECT max(c.number) FROM conversations c WHERE c.tenant_id = $1) AS display_id,"
        " (SELECT min(g.name) FROM tags g WHERE g.tenant_id = $1) AS labels,"
        " (SELECT max(c.created_at)::date::text FROM conversations c WHERE c.tenant_id = $1) AS newest,"
        " (SELECT min(c.created_at)::date::text FROM conversations c WHERE c.tenant_id = $1) AS oldest",
        bed.tenant_id,
    )
    for how in ("equal_to", "not_equal_to"):
        yield "status", how, ["open"]
        yield "priority", how, ["urgent"]
        for key in ("assignee_id", "inbox_id", "team_id", "contact_id", "display_id", "labels"):
            yield key, how, row[key] if row[key] is not None else 1
            yield key, how, 987654321 if key != "labels" else "no such label"
        yield "campaign_id", how, 1
        for key in ("browser_language", "conversation_language"):
            yield key, how, "pt"
        yield "tier", how, "gold"
        yield "tier", how, "no such tier"
    for how in ("is_present", "is_not_present"):
        for key in ("assignee_id", "inbox_id", "team_id", "campaign_id", "labels"):
            yield key, how, []
    for how in _TEXT:
        yield "referer", how, "https://shop.example/item/96"
        yield "mail_subject", how, "Order 1008"
        yield "referer", how, "no such page"
    for key in ("created_at", "last_activity_at"):
        for how in ("is_greater_than", "is_less_than"):
            yield key, how, row["newest"]
            yield key, how, row["oldest"]
        yield key, "days_before", 3
