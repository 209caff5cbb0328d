"""sla-trackers.*: how single conversations stand against their SLA."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial

from ..actions import sla_trackers as actions
from ..domain.conversations import Metric
from ..domain.principals import Ref
from ..domain.problems import InvalidId, NotFound
from ..reference.notation import table
from ..store import conversations
from ..store.sla_trackers import TrackerFilter, find_conversation, page_trackers
from . import page
from .encode_people import People
from .encode_sla import STATUS, sla_tracker
from .endpoints import Call, Endpoint, Family, Json
from .filters import plain_range
from .lists import CURSORS, PAGING, SORTING, walk_page
from .viewer import Viewer


async def get_tracker(call: Call) -> Json:
    number = await find_conversation(call.connection, call.principal, call.given["id"].number)
    if number is None:
        raise NotFound("no such SLA tracker")
    return {"sla_tracker": (await encode(call, [number]))[number]}


async def list_trackers(call: Call) -> Json:
    given, now = call.given, call.context.clock()
    wanted = TrackerFilter(
        stages=given.get("stage") or None,
        statuses=[ours for ours, wire in STATUS.items() if wire in given["status"]] if given.get("status") else None,
        created=given["created_date"].range(now) if "created_date" in given else None,
        modified=given["modified_date"].range(now) if "modified_date" in given else None,
    )
    numbers, cursors = await walk_page(call, partial(page_trackers, call.connection, call.principal, wanted))
    shown = await encode(call, numbers)
    return {"sla_trackers": [shown[number] for number in numbers], **cursors}


async def remove_metric(call: Call) -> Json:
    tracked, metric = call.given["object"], call.given["metric"]
    if tracked.type != "conversation":
        raise InvalidId("object", f"no SLA is tracked for this {tracked.type}")
    await actions.remove_metric(call.context, call.principal, tracked.number, metric.number)
    return {"sla_tracker": (await encode(call, [tracked.number]))[tracked.number]}


async def encode(viewer: Viewer, numbers: Sequence[int]) -> dict[int, Json]:
    """The trackers of these conversations, by their numbers; one that has none is left out."""
    trackers = await conversations.get_trackers(viewer.connection, viewer.tenant_id, numbers)
    metrics: dict[int, list[Metric]] = defaultdict(list)
    for metric in await conversations.get_metrics(viewer.connection, viewer.tenant_id, [one.id for one in trackers.values()]):
        metrics[metric.tracker_id].append(metric)
    pairs = [(one.created_by_kind, one.created_by_id) for one in trackers.values()]
    pairs += [(one.modified_by_kind, one.modified_by_id) for one in trackers.values()]
    pairs += [(one.removed_by_kind, one.removed_by_id) for of_one in metrics.values() for one in of_one]
    refs = [Ref(kind, number or 0) for kind, number in pairs if kind is not None]  # type: ignore[arg-type]
    people = People(await page.load_people(viewer.connection, viewer.principal, refs), viewer.names)
    return {number: sla_tracker(viewer.names, people, one, metrics[one.id]) for number, one in trackers.items()}


_ANSWER = "sla_tracker*  sla-tracker  The tracker."

FAMILY = Family(
    endpoints=(
        Endpoint(
            "/sla-trackers.get",
            get_tracker,
            "Get the tracker of a service level",
            "id*  id:SLAT  The tracker.",
            _ANSWER,
            text="Seen by those who see its conversation.",
            example={"id": "SLAT-1"},
            refuses=(404,),
        ),
        Endpoint(
            "/sla-trackers.list",
            list_trackers,
            "List the trackers of service levels",
            table(
                """
                created_date   time-range  When they were started.
                modified_date  time-range  When they were last changed.
                stage          [text]  In any of these stages: breached, completed, paused, running or warning.
                status         [text]  With any of these statuses: in_progress, hit or miss.
                """,
                PAGING,
                SORTING,
            ),
            table("sla_trackers*  [sla-tracker]  The trackers.", CURSORS),
            text="Of the conversations that the caller may see.",
            example={"stage": ["breached", "warning"]},
        ),
        Endpoint(
            "/sla-trackers.remove-metric",
            remove_metric,
            "Take a target off a conversation",
            """
            metric*  id:METRIC  The metric; one that was removed before stays so.
            object*  id:CONV/TKT/ISS  The conversation; nothing else is tracked.
            """,
            _ANSWER,
            example={"metric": "METRIC-1", "object": "CONV-1"},
            is_write=True,
            refuses=(404,),
        ),
    ),
    own={"time-range": plain_range},
)
