"""Parley's own PostgreSQL: a cluster inside the data folder, reached over a Unix socket only.

    with own(Path("data"), command="parley serve") as cluster:
        pool = await asyncpg.create_pool(cluster.dsn)

One process owns a data folder at a time and starts and stops its database; others attach as guests. A
database that outlived its killed owner is adopted by the next one. What can go wrong is drawn in `errors.py`.
"""

from parley.server.embedded.cluster import Cluster, attach_or_own, own
from parley.server.embedded.errors import DataFolderBusy, EmbeddedError

__all__ = ["Cluster", "DataFolderBusy", "EmbeddedError", "attach_or_own", "own"]
