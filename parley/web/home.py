"""The first screen: what this is, how it is doing, and lines to try."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from ..actions.context import Context
from ..store import control
from .caller import base_url, is_local
from .demo import read_demo
from .examples import caller, examples
from .pages import page

PATIENCE_S = 2.0
_log = logging.getLogger("parley.web")


def view(context: Context) -> Callable[[Request], Awaitable[Response]]:
    async def home(request: Request) -> Response:
        """Anonymous: tells the version, whether the database answers, and nothing of any tenant."""
        local = is_local(request)
        demo = await asyncio.to_thread(read_demo, context.demo_file)
        url = base_url(request, context.public_url if not local else "")
        return page(
            "home.html",
            database_answers=await _database_answers(context),
            demo_loaded=demo is not None,
            local=local,
            url=url,
            folder=str(context.demo_file.parent) if local and context.demo_file else "DATA",
            examples=examples(caller(url, demo if local else None)),
        )

    return home


async def _database_answers(context: Context) -> bool:
    """Whatever goes wrong on the way, the page is there to say so."""
    try:
        async with asyncio.timeout(PATIENCE_S), context.database.control() as connection:
            await control.ping(connection)
    except Exception:
        _log.warning("the first screen found the database not answering", exc_info=True)
        return False
    return True
