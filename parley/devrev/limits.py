"""How this wire tells on every answer what its caller has left.

Source: contract section 4, last paragraph, and 0.9 (a 429 needs an integer Retry-After).
"""

from __future__ import annotations

from ..domain.limits import UNLIMITED, Allowance, Limiter

__all__ = ["UNLIMITED", "Allowance", "Limiter", "headers"]


def headers(allowance: Allowance) -> dict[str, str]:
    return {
        "x-ratelimit-limit": str(allowance.limit),
        "x-ratelimit-remaining": str(allowance.remaining),
        "x-ratelimit-reset": str(allowance.reset_s),
    }
