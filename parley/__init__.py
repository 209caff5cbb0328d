"""Parley: an open, self-hosted conversation server that speaks DevRev's and Chatwoot's wire formats."""

__version__ = "0.1.0"
