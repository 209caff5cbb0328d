"""Where a caller of the public API is: an inbox and who comes there, or a conversation that is surveyed."""

from __future__ import annotations

from dataclasses import dataclass

from ..store.public_inboxes import Point, PublicInbox


@dataclass(frozen=True, slots=True)
class Visit:
    """``known`` is who comes by the source id in the path, where it has one. ``surveyed`` is a conversation by number."""

    inbox: PublicInbox
    known: Point | None = None
    surveyed: int | None = None

    @property
    def point(self) -> Point:
        assert self.known is not None, "the path has no source id"
        return self.known

    @property
    def number(self) -> int:
        assert self.surveyed is not None, "the path has no uuid"
        return self.surveyed
