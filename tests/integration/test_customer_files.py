"""A customer's file says whose it is, which keeps it from being swept."""

from __future__ import annotations

import asyncpg

from parley.store import control, customers


async def test_a_customers_file_names_its_parent(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        tenant = (await control.insert_tenant(connection, slug="files", name="Files")).id
        await connection.execute("ALTER TABLE attachments ADD COLUMN IF NOT EXISTS parent text")
        await connection.execute(f"SET parley.tenant_id = {tenant}; SET ROLE parley_app")
        await connection.execute("INSERT INTO contacts (tenant_id, id) VALUES ($1, 5), ($1, 6)".replace("$1", str(tenant)))
        await connection.execute(f"INSERT INTO attachments (tenant_id, id) VALUES ({tenant}, 1), ({tenant}, 2)")

        async def parents() -> list[str | None]:
            return [row[0] for row in await connection.fetch("SELECT parent FROM attachments ORDER BY id")]

        await customers.set_artifacts(connection, tenant, "contact", 5, [1, 2])
        assert await parents() == ["contact:5", "contact:5"]
        await customers.set_artifacts(connection, tenant, "contact", 5, [2])
        assert await parents() == [None, "contact:5"]
        await customers.move_carried(connection, tenant, "contact", 5, 6)
        assert await parents() == [None, "contact:6"]
        await connection.execute("DELETE FROM contacts WHERE id = 6")
        assert await parents() == [None, None]
    finally:
        await connection.close()
