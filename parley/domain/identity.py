"""Who somebody is who has no token: a claim is proved by a hash that only the operator's own server can make."""

from __future__ import annotations

import hashlib
import hmac


def hash_identifier(key: str, identifier: str) -> str:
    """Hex of HMAC-SHA256."""
    return hmac.new(key.encode(), identifier.encode(), hashlib.sha256).hexdigest()


def proves(key: str | None, identifier: str | None, given: str | None) -> bool:
    """Whether ``given`` is the identifier's hash. Without a key, an identifier or a hash nothing is proved."""
    if not key or not identifier or not given:
        return False
    return hmac.compare_digest(hash_identifier(key, identifier).encode(), given.strip().lower().encode())
