"""What may be done to a tracker until the clocks run: taking a target off it."""

from __future__ import annotations

from ..domain.principals import Principal
from ..domain.problems import InvalidId, NotFound
from ..domain.service_levels import find_closest, stage_of
from ..store import conversations, sla_trackers
from ..store.database import Connection
from .checks import lock, refuse_frozen
from .context import Context
from .nouns import changing, record


async def remove_metric(context: Context, principal: Principal, number: int, metric_id: int) -> None:
    """Takes a target off a conversation's tracker; one that was removed before stays so.

    Raises NotFound when there is no conversation or no tracker, InvalidId when the tracker never had the metric, Frozen.
    """
    async with changing(context, principal) as connection:
        conversation = await lock(connection, principal, number)
        tracker_id = await sla_trackers.lock_tracker(connection, principal.tenant.id, number)
        if tracker_id is None:
            raise NotFound("no SLA is tracked there")
        metrics = await conversations.get_metrics(connection, principal.tenant.id, [tracker_id])
        if metric_id not in {metric.metric_id for metric in metrics}:
            raise InvalidId("metric", "the SLA of this object does not have this metric")
        refuse_frozen(conversation)
        now = context.clock()
        if await sla_trackers.remove_metric(connection, principal.tenant.id, tracker_id, metric_id, principal.ref, now):
            await _settle(connection, context, principal, tracker_id)
            data = {"id": tracker_id, "conversation": number, "removed_metric": metric_id}
            await record(connection, context, principal, "sla_tracker.updated", data)


async def _settle(connection: Connection, context: Context, principal: Principal, tracker_id: int) -> None:
    """The tracker follows the targets that are left."""
    left = await conversations.get_metrics(connection, principal.tenant.id, [tracker_id])
    closest = find_closest(left)
    await sla_trackers.update_tracker(
        connection,
        principal.tenant.id,
        tracker_id,
        closest=closest.metric_id if closest else None,
        stage=stage_of(left),
        by=principal.ref,
        at=context.clock(),
    )
