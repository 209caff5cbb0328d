"""Each delivery verifies as its vendor's receivers verify it: with their library, or with the few lines that they document."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from parley.outgoing import signatures

BODY = '{"type":"message.created","text":"Grüße ✓"}'.encode()
SECRET, BEFORE = b"\x00\xff" * 16, b"an older one, as text"
ID = "evt_2k8PNN"


def signed(*secrets: bytes, body: bytes = BODY, at: int | None = None) -> dict[str, str]:
    return signatures.standard_webhooks(ID, int(time.time()) if at is None else at, body, secrets)


@pytest.mark.parametrize("secret", [SECRET, BEFORE])
def test_the_library_of_standard_webhooks_verifies_a_delivery(secret: bytes) -> None:
    assert Webhook(signatures.show_secret(secret)).verify(BODY, signed(secret)) == {"type": "message.created", "text": "Grüße ✓"}


@pytest.mark.parametrize("secret", [SECRET, BEFORE])
def test_while_a_secret_changes_either_verifies(secret: bytes) -> None:
    headers = signed(SECRET, BEFORE)
    assert headers["webhook-signature"].count("v1,") == 2
    Webhook(signatures.show_secret(secret)).verify(BODY, headers)


def test_nothing_else_verifies() -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(signatures.show_secret(BEFORE)).verify(BODY, signed(SECRET))
    with pytest.raises(WebhookVerificationError):
        Webhook(signatures.show_secret(SECRET)).verify(BODY + b" ", signed(SECRET))
    with pytest.raises(WebhookVerificationError):
        Webhook(signatures.show_secret(SECRET)).verify(BODY, signed(SECRET) | {"webhook-id": "evt_other"})
    with pytest.raises(WebhookVerificationError):
        Webhook(signatures.show_secret(SECRET)).verify(BODY, signed(SECRET, at=int(time.time()) - 3600))


def test_the_example_of_the_specification() -> None:
    """standard-webhooks/standard-webhooks, spec and libraries' tests: a secret, a message and its signature."""
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signatures.standard_webhooks("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', [secret])
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    assert signatures.show_secret(secret) == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_without_a_secret_nothing_is_signed() -> None:
    assert signed(at=1) == {"webhook-id": ID, "webhook-timestamp": "1"}
    assert signatures.chatwoot("a-b", 1, BODY, None) == {"X-Chatwoot-Delivery": "a-b"}


def verify_devrev(raw_body: bytes, headers: dict[str, str], shown_secret: str) -> bool:
    """DevRev's webhook guide: HMAC with SHA256, the secret as the key and the raw payload as the message; secrets are shown in base64."""
    key = base64.b64decode(shown_secret)
    expected = base64.b64encode(hmac.new(key, raw_body, hashlib.sha256).digest()).decode()
    return hmac.compare_digest(expected, headers["X-DevRev-Signature"])


def test_a_devrev_delivery_verifies_with_the_secret_that_is_shown() -> None:
    shown = base64.b64encode(SECRET).decode()
    assert verify_devrev(BODY, signatures.devrev(BODY, SECRET), shown)
    assert not verify_devrev(BODY + b" ", signatures.devrev(BODY, SECRET), shown)
    assert not verify_devrev(BODY, signatures.devrev(BODY, BEFORE), shown)


def verify_chatwoot(raw_body: bytes, headers: dict[str, str], shown_secret: str) -> bool:
    """Chatwoot's guide to webhooks (contract 5.1): the timestamp, a dot and the raw body; the secret is used as it is shown."""
    message = headers["X-Chatwoot-Timestamp"].encode() + b"." + raw_body
    expected = "sha256=" + hmac.new(shown_secret.encode(), message, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, headers["X-Chatwoot-Signature"])


def test_a_chatwoot_delivery_verifies_with_the_secret_that_is_shown() -> None:
    headers = signatures.chatwoot("6f2d", 1700000000, BODY, b"0123abcd")
    assert (headers["X-Chatwoot-Delivery"], headers["X-Chatwoot-Timestamp"]) == ("6f2d", "1700000000")
    assert verify_chatwoot(BODY, headers, "0123abcd")
    assert not verify_chatwoot(BODY, headers | {"X-Chatwoot-Timestamp": "1700000001"}, "0123abcd")
    assert not verify_chatwoot(BODY + b" ", headers, "0123abcd")
