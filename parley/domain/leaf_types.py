"""Leaf types: DevRev's name of what can carry custom fields, and our noun behind each."""

from __future__ import annotations

NOUNS = {
    "conversation": "conversation",
    "account": "company",
    "rev_org": "workspace",
    "rev_user": "contact",
    "dev_user": "user",
    "group": "team",
    "ticket": "work",
    "issue": "work",
    "product": "part",
    "capability": "part",
    "feature": "part",
    "enhancement": "part",
}
# What a stage diagram can be of. Tickets and issues have stages of their own by name (``works``), which no diagram can refer to.
STAGED = ("conversation",)
LEAF_TYPES = {noun: tuple(leaf for leaf, of in NOUNS.items() if of == noun) for noun in NOUNS.values()}


def stored_leaf_type(leaf_type: str) -> str:
    """How a custom field of this leaf type says so: not at all where its noun has no other."""
    return leaf_type if len(LEAF_TYPES[NOUNS[leaf_type]]) > 1 else ""
