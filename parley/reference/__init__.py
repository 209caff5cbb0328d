"""The APIs that this server answers, described by compact tables: /openapi.json and /docs are made from them."""
