"""Links between objects: their types, and what they may join."""

from __future__ import annotations

from typing import NamedTuple

# DevRev's, without custom_link, whose types an organisation defines itself.
LINK_TYPES = (
    "developed_with", "imports", "is_analyzed_by", "is_converted_to", "is_dependent_on", "is_duplicate_of", "is_follow_up_of",
    "is_merged_into", "is_parent_of", "is_part_of", "is_related_to", "serves",
)  # fmt: skip
PART_KINDS = ("product", "capability", "feature", "enhancement", "linkable", "runnable")
# Our noun -> what stored references call it (DevRev's word).
END_TYPES = {
    "conversation": "conversation",
    "ticket": "ticket",
    "issue": "issue",
    "company": "account",
    "workspace": "rev_org",
    "user": "dev_user",
    "contact": "rev_user",
} | {kind: kind for kind in PART_KINDS}


class End(NamedTuple):
    """One end of a link: our noun (a part's is its kind) and its number."""

    noun: str
    number: int

    def __str__(self) -> str:
        return f"{self.noun}:{self.number}"

    @classmethod
    def parse(cls, text: str) -> End:
        noun, _, number = text.partition(":")
        return cls(noun, int(number))


class LinkEnds(NamedTuple):
    """A link without its id."""

    link_type: str
    source: End
    target: End
