import json, httpx, pytest
from starlette.applications import Starlette
from parley.actions.context import Context
from parley.devrev.routes import routes
from parley.store.database import Database
from tests.wire.devrev_world import build

async def test_it(database):
    w = await build(database)
    db = await Database.open(database)
    app = Starlette(routes=routes(Context(db, b'k'*32)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url='http://x') as c:
        h={'authorization': w.tokens['ada'], 'x-devrev-scope':'beta'}
        r = await c.post('/conversations.list', json={"limit":2}, headers=h)
        print(r.status_code, json.dumps(r.json(), indent=1)[:200000])
        print(r.headers)
        r = await c.get('/conversations.export?first=3', headers=h)
        print(r.status_code, len(r.json()['conversations']), r.json().keys())
        r = await c.get('/conversations.list?limit=3&state="open"', headers=h)
        print(r.status_code, r.json().keys())
        r = await c.get('/conversations.list?created_date=3&state="open"', headers=h)
        print(r.status_code, r.json())
    await db.close()
