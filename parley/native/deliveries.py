"""The delivery log: reading it, and sending again what is in it. Administrators and bots only."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from ..actions import redelivery
from ..domain.problems import InvalidValue, MissingField, NotFound
from ..store.deliveries import Wanted
from ..store.delivery_log import AskedDeliveries, LoggedDelivery, get_body, list_attempts
from ..store.delivery_log import list_deliveries as read_log
from .encode_deliveries import encode_delivery, encode_whole
from .exchange import Exchange, answer, overseeing
from .query import Read, moment, number, numbers, one_of, plain, read_body, read_query, string, whole

LIMIT, DEFAULT_LIMIT, MOST_IDS = 500, 50, 1000
STATES = ("pending", "sending", "delivered", "failed")
ENDPOINTS = ("webhook", "inbox", "bot", "rule", "macro")


def _endpoint(field: str, text: str) -> tuple[str, int]:
    """``inbox:5``: whose URL it is."""
    kind, colon, given = text.partition(":")
    if not colon or kind not in ENDPOINTS:
        raise InvalidValue(field, f"{field} takes one of {', '.join(ENDPOINTS)}, a colon and a number, as inbox:5", allowed=ENDPOINTS)
    return kind, whole(1)(field, given)


QUERY: dict[str, Read] = {
    "webhook": whole(1),
    "endpoint": _endpoint,
    "state": one_of(*STATES),
    "event_type": plain,
    "since": moment,
    "until": moment,
    "before": whole(1),
    "limit": whole(1, LIMIT),
}
RANGE = {
    "webhook": number(1),
    "endpoint": string(_endpoint),
    "state": string(one_of(*STATES)),
    "event_type": string(plain),
    "since": string(moment),
    "until": string(moment),
    "ids": numbers(MOST_IDS),
}


async def list_deliveries(exchange: Exchange) -> Response:
    given = read_query(exchange.request.query_params, QUERY)
    kind, endpoint_id = _whose(given)
    rest = {name: given[name] for name in ("state", "event_type", "since", "until", "before") if name in given}
    limit = given.get("limit", DEFAULT_LIMIT)
    async with overseeing(exchange) as (connection, principal):
        asked = AskedDeliveries(endpoint_kind=kind, endpoint_id=endpoint_id, **rest)
        found = await read_log(connection, principal.tenant.id, asked, limit + 1)
    page = found[:limit]
    more = page[-1].id if len(found) > limit else None
    return answer({"deliveries": [encode_delivery(one) for one in page], "next_before": more})


async def show_delivery(exchange: Exchange) -> Response:
    return answer({"delivery": await _whole(exchange, _delivery_id(exchange))})


async def redeliver_one(exchange: Exchange) -> Response:
    """The delivery as it is now: waiting to be sent."""
    delivery_id = _delivery_id(exchange)
    async with overseeing(exchange, writes=True) as (_, principal):
        pass
    await redelivery.send_again(exchange.context, principal, delivery_id)
    return answer({"delivery": await _whole(exchange, delivery_id)}, 202)


async def redeliver(exchange: Exchange) -> Response:
    """A range, chosen by anything but nothing: an empty body would send the whole log."""
    async with overseeing(exchange, writes=True) as (_, principal):
        given = read_body(await exchange.body(), RANGE)
    if not given:
        raise MissingField("webhook", f"say which: at least one of {', '.join(RANGE)}")
    kind, endpoint_id = _whose(given)
    types = [given["event_type"]] if "event_type" in given else None
    rest = {name: given[name] for name in ("ids", "state", "since", "until") if name in given}
    wanted = Wanted(endpoint_kind=kind, endpoint_id=endpoint_id, event_types=types, **rest)  # type: ignore[arg-type]
    return answer({"redelivered": await redelivery.send_range_again(exchange.context, principal, wanted)}, 202)


def _whose(given: dict[str, Any]) -> tuple[str | None, int | None]:
    """Raises InvalidValue for two answers."""
    if "webhook" in given and "endpoint" in given:
        raise InvalidValue("endpoint", "endpoint says the same as webhook: give one of them")
    if "webhook" in given:
        return "webhook", given["webhook"]
    return given.get("endpoint", (None, None))  # type: ignore[no-any-return]


def _delivery_id(exchange: Exchange) -> int:
    """Raises InvalidValue."""
    return int(whole(1)("id", exchange.request.path_params["id"]))


async def _whole(exchange: Exchange, delivery_id: int) -> dict[str, Any]:
    """Raises NotFound."""
    async with overseeing(exchange) as (connection, principal):
        tenant_id = principal.tenant.id
        found: list[LoggedDelivery] = await read_log(connection, tenant_id, AskedDeliveries(id=delivery_id), 1)
        if not found:
            raise NotFound("no such delivery")
        body = await get_body(connection, tenant_id, delivery_id) or ""
        return encode_whole(found[0], body, await list_attempts(connection, tenant_id, delivery_id))
