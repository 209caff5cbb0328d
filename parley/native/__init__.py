"""Parley's own API: what neither wire has. README.md is its handbook."""
