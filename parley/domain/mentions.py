"""Who a note mentions: Chatwoot's editor writes ``[@Bo](mention://user/2/Bo)``, and ``team`` in place of ``user``."""

from __future__ import annotations

import re
from typing import NamedTuple

_MENTION = re.compile(r"\(mention://(user|team)/([0-9]{1,18})/.+?\)")


class Mentioned(NamedTuple):
    """Ids in the order of the note, each once."""

    user_ids: list[int]
    team_ids: list[int]


def mentioned(body: str) -> Mentioned:
    found = list(dict.fromkeys(_MENTION.findall(body)))
    return Mentioned(*([int(number) for kind, number in found if kind == wanted] for wanted in ("user", "team")))
