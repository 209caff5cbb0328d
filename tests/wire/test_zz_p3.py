import subprocess, sys
from tests.wire.devrev_world import build
exec(open('/tmp/fill.py').read())
async def test_p(database):
    w = await build(database); await fill(database)
    for loop in ('asyncio','uvloop')*2:
        print(subprocess.run([sys.executable,'/tmp/perf3.py',loop,database,w.tokens['ada']],capture_output=True,text=True))
