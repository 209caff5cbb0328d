"""ping: whether the service answers, and knows the caller."""

from __future__ import annotations

from ..domain.problems import InvalidValue
from . import dates
from .dons import PARTITION
from .endpoints import Call, Endpoint, Family, Json


async def ping(call: Call) -> Json:
    if call.given.get("devrev_partition", PARTITION) != PARTITION:
        raise InvalidValue("devrev_partition", f"this service is partition {PARTITION}", allowed=[PARTITION])
    return {"timestamp": dates.show(call.context.clock())}


FAMILY = Family(
    endpoints=(
        Endpoint(
            "/ping",
            ping,
            "Ping",
            f"devrev_partition  text  The partition to ask: there is `{PARTITION}` only.",
            "timestamp*  time  When the request was answered.",
            access="everybody",
        ),
    ),
)
