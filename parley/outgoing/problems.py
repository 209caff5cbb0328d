"""Why a request to a user's URL got no answer; each says it in one sentence, fit for a delivery log.

    NoAnswer
    ├── Refused       nothing was sent: the host leads to an address that is not allowed, or the request cannot be put into HTTP
    ├── Unreachable   no such host, nobody listens, the connection broke, too many redirects
    │   └── Untrusted     the certificate is not valid for the host
    └── TimedOut      connecting, sending and reading together took too long

A sentence names the host, which its user wrote, and never an address: what a name leads to inside a network is nobody's business.
"""

from __future__ import annotations


class NoAnswer(Exception):
    """There was no answer."""

    @property
    def message(self) -> str:
        return str(self.args[0])


class Refused(NoAnswer):
    """The request was not sent, and never will be as it is."""


class Unreachable(NoAnswer):
    """The host could not be reached."""


class Untrusted(Unreachable):
    """The host's certificate is not valid."""


class TimedOut(NoAnswer):
    """It took too long."""
