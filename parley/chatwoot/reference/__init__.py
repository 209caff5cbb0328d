"""Chatwoot's API as we answer it, described for /openapi.json and /docs."""
