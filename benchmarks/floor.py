"""The floor: the least set-based SQL over our schema that makes the same change of state.

The same orders, rows, pegs, notes, levels, events and statuses as the program writes, with every
index, nothing decided in Python, no checks, no explanation. `benchmarks.flow` asserts that both
leave the same books behind.
"""

# ruff: noqa: S608 - the words are constants of this file

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import Connection

from desktop_app.services.store.engine import Store
from desktop_app.services.store.kinds import utc_text

SQLITE = {
    "object": "json_object", "array": "json_group_array", "join": "group_concat", "as_json": "json",
    "ids": "SELECT value FROM json_each(?)", "to_text": "", "least": "min", "day": "date(?)",
    "plus_days": "date(?, '+' || u.lead_time_days || ' days')", "mark": "?",
    "next": "(SELECT coalesce(max(id), 0) FROM {table}) + row_number() OVER (ORDER BY {by})",
}  # fmt: skip
POSTGRES = {
    "object": "json_build_object", "array": "json_agg", "join": "string_agg", "as_json": "",
    "ids": "SELECT value::bigint FROM jsonb_array_elements_text(%s::jsonb)", "to_text": "::text",
    "least": "least", "day": "%s::date", "plus_days": "%s::date + u.lead_time_days", "mark": "%s",
    "next": "nextval('{table}_id_seq')",
}  # fmt: skip


@dataclass
class Floor:
    """One transaction of plain SQL."""

    db: Connection
    words: dict[str, str]
    journal: str
    at: object
    is_postgres: bool

    def run(self, statement: str, *values: object) -> None:
        for name, word in self.words.items():
            statement = statement.replace(f"<{name}>", word)
        self.db.exec_driver_sql(statement, values)

    def next(self, table: str, by: str) -> str:
        return self.words["next"].format(table=table, by=by)

    def temporary(self, name: str, query: str, *values: object) -> None:
        self.run(f"CREATE TEMP TABLE {name} AS {query}", *values)
        if self.is_postgres:
            self.run(f"ANALYZE {name}")

    def begin(self, command: str) -> None:
        seq = (
            "nextval('journal_seq')"
            if self.is_postgres
            else "(SELECT coalesce(max(seq), 0) + 1 FROM journal)"
        )
        self.run(
            f"INSERT INTO journal (id, seq, command, digest, person_id, workstation, app_version, at,"
            f" request, result, undo) VALUES (<mark>, {seq}, <mark>, '', 1, 'floor', '', <mark>, '{{}}', '{{}}', '{{}}')",
            self.journal, command, self.at,
        )  # fmt: skip

    def number(self, name: str, how_many: str) -> None:
        self.run(
            f"UPDATE counter SET next_number = next_number + (SELECT count(*) FROM {how_many}) WHERE name = '{name}'"
        )


def _open(store: Store, db: Connection) -> Floor:
    at = datetime.now(UTC)
    if store.is_postgres:
        return Floor(db, POSTGRES, str(uuid4()), at, is_postgres=True)
    return Floor(db, SQLITE, str(uuid4()), utc_text(at), is_postgres=False)


def order(store: Store, sales: list[int]) -> None:
    """W2: what the sales still need becomes purchase orders, one per supplier and warehouse."""
    with store.writes.connect() as db, db.begin():
        floor = _open(store, db)
        floor.begin("Batch purchase order")
        _needs(floor, sales)
        _orders(floor, len(sales))
        _order_notes(floor)
        for name in ("need", "want", "ord", "line"):
            floor.run(f"DROP TABLE {name}")


def _needs(floor: Floor, sales: list[int]) -> None:
    floor.temporary(
        "need",
        """SELECT r.id AS row_id, r.sale_id, s.number AS sale_number, s.placed_at, r.position, r.product_id,
          p.sku, r.warehouse_id, o.supplier_id, o.supplier_sku, c.cost,
          r.ordered - r.reserved - r.fulfilled AS units
        FROM sale s JOIN sale_row r ON r.sale_id = s.id JOIN product p ON p.id = r.product_id
        JOIN offer o ON o.product_id = r.product_id AND o.is_primary = 1
        JOIN offer_price c ON c.offer_id = o.id AND c.minimum = 0
        WHERE s.id IN (<ids>) AND s.waits = 1 AND r.kind = 'stock'
          AND r.ordered > r.reserved + r.fulfilled""",
        json.dumps(sales),
    )
    floor.temporary(
        "want",
        """SELECT supplier_id, warehouse_id, product_id, min(sku) AS sku, min(supplier_sku) AS supplier_sku,
          min(cost) AS cost, CAST(sum(units) AS bigint) AS units,
          (2 * CAST(sum(units) AS bigint) * min(cost) * 100 + 100000000) / 200000000 AS total
        FROM need GROUP BY supplier_id, warehouse_id, product_id""",
    )
    floor.temporary(
        "ord",
        f"""SELECT {floor.next("purchase_order", "supplier_id, warehouse_id")} AS id,
          (SELECT next_number - 1 FROM counter WHERE name = 'purchase_order')
            + row_number() OVER (ORDER BY supplier_id, warehouse_id) AS number,
          supplier_id, warehouse_id, units, total, skus FROM (
            SELECT supplier_id, warehouse_id, sum(units) AS units, sum(total) AS total,
              <join>(sku, ' ') AS skus FROM want GROUP BY supplier_id, warehouse_id) AS sums""",
    )
    floor.temporary(
        "line",
        f"""SELECT {floor.next("purchase_row", "o.id, w.product_id")} AS id, o.id AS po_id,
          row_number() OVER (PARTITION BY o.id ORDER BY w.product_id) AS position, w.product_id,
          w.supplier_sku, w.units, w.cost, w.total, w.supplier_id
        FROM want w JOIN ord o ON o.supplier_id = w.supplier_id AND o.warehouse_id = w.warehouse_id""",
    )


def _orders(floor: Floor, sales: int) -> None:
    floor.number("purchase_order", "ord")
    floor.run(
        "INSERT INTO purchase_batch (journal_id, at, person_id, options, sale_count)"
        " VALUES (<mark>, <mark>, 1, '{}', <mark>)",
        floor.journal, floor.at, sales,
    )  # fmt: skip
    today = str(datetime.now(UTC).date())
    status = "(SELECT id FROM order_status WHERE document = 'PO' AND name = 'Draft')"
    floor.run(
        f"""INSERT INTO purchase_order (id, number, supplier_id, warehouse_id, state, status_id, currency,
          created_at, expected_on, batch_id, total, received, to_come, search)
        SELECT o.id, o.number, o.supplier_id, o.warehouse_id, 'draft', {status}, u.currency, <mark>,
          <plus_days>, (SELECT max(id) FROM purchase_batch), o.total, 0, o.units,
          substr(lower(o.number || ' ' || u.name || ' ' || o.skus), 1, 600)
        FROM ord o JOIN supplier u ON u.id = o.supplier_id""",
        floor.at,
        today,
    )
    floor.run(
        """INSERT INTO purchase_row (id, po_id, position, product_id, supplier_sku, ordered, cost, total,
          expected_on)
        SELECT l.id, l.po_id, l.position, l.product_id, l.supplier_sku, l.units, l.cost, l.total, <plus_days>
        FROM line l JOIN supplier u ON u.id = l.supplier_id""",
        today,
    )
    floor.run(
        """INSERT INTO peg (po_row_id, sale_row_id, quantity, live, journal_id)
        SELECT l.id, n.row_id, n.units, n.units, <mark> FROM need n
        JOIN line l ON l.product_id = n.product_id AND l.supplier_id = n.supplier_id""",
        floor.journal,
    )


def _order_notes(floor: Floor) -> None:
    """On each order the first fifty sales it is for; on each sale the orders with their items."""
    floor.run(
        """INSERT INTO note (document, document_id, kind, params, at, person_id, journal_id)
        SELECT 'PO', id, 'raised_for', <object>('batch', (SELECT max(id) FROM purchase_batch),
            'more', max(sales) - count(*), 'sales', <array>(<as_json>(one)))<to_text>, <mark>, 1, <mark>
        FROM (SELECT o.id, n.sale_id, count(*) OVER (PARTITION BY o.id) AS sales,
            row_number() OVER (PARTITION BY o.id ORDER BY min(n.placed_at), min(n.sale_number)) AS place,
            <object>('id', n.sale_id, 'number', min(n.sale_number), 'units', sum(n.units)) AS one
          FROM need n JOIN ord o ON o.supplier_id = n.supplier_id AND o.warehouse_id = n.warehouse_id
          GROUP BY o.id, n.sale_id) AS served
        WHERE place <= 50 GROUP BY id""",
        floor.at, floor.journal,
    )  # fmt: skip
    floor.run(
        """INSERT INTO note (document, document_id, kind, params, at, person_id, journal_id)
        SELECT 'SO', sale_id, 'ordered', <object>('orders', <array>(<as_json>(one)))<to_text>, <mark>, 1, <mark>
        FROM (SELECT n.sale_id, <object>('id', o.id, 'number', min(o.number), 'supplier', min(u.name),
              'items', <array>(<object>('sku', n.sku, 'units', n.units))) AS one
          FROM need n JOIN ord o ON o.supplier_id = n.supplier_id AND o.warehouse_id = n.warehouse_id
          JOIN supplier u ON u.id = n.supplier_id GROUP BY n.sale_id, o.id) AS parts
        GROUP BY sale_id""",
        floor.at, floor.journal,
    )  # fmt: skip
    _announce(floor)


def _announce(floor: Floor) -> None:
    if floor.is_postgres:
        floor.run("SELECT pg_notify('floor', '{}')")
    else:
        floor.run(
            "INSERT INTO change_note (at, workstation, body) VALUES (?, 'floor', '{}')", floor.at
        )


def receive(store: Store, orders: list[int]) -> None:
    """W3: all that is outstanding arrives and goes to the oldest waiting sales."""
    with store.writes.connect() as db, db.begin():
        floor = _open(store, db)
        floor.begin("Receive several orders")
        _arrivals(floor, orders)
        _goods_in(floor)
        _allocate(floor)
        _receipt_notes(floor)
        for name in ("got", "gin", "alloc"):
            floor.run(f"DROP TABLE {name}")


def _arrivals(floor: Floor, orders: list[int]) -> None:
    floor.temporary(
        "gin",
        f"""SELECT {floor.next("goods_in", "id")} AS id, id AS po_id, number AS po_number, warehouse_id,
          (SELECT next_number - 1 FROM counter WHERE name = 'goods_in')
            + row_number() OVER (ORDER BY id) AS number
        FROM purchase_order WHERE id IN (<ids>)""",
        json.dumps(orders),
    )
    floor.temporary(
        "got",
        f"""SELECT {floor.next("goods_in_row", "r.id")} AS id, g.id AS goods_in_id, r.id AS po_row_id, g.po_id,
          r.product_id, g.warehouse_id, l.id AS location_id, r.ordered - r.received AS units, r.cost
        FROM gin g JOIN purchase_row r ON r.po_id = g.po_id
        JOIN location l ON l.warehouse_id = g.warehouse_id AND l.is_default = 1
        WHERE r.ordered > r.received""",
    )
    floor.temporary(
        "alloc",
        """SELECT row_id, sale_id, sale_number, product_id, warehouse_id, goods_in_row_id, goods_in_id, po_id,
          <least>(needed, there - before) AS units FROM (
            SELECT r.id AS row_id, r.sale_id, s.number AS sale_number, r.product_id, r.warehouse_id,
              g.id AS goods_in_row_id, g.goods_in_id, g.po_id, g.units AS there,
              r.ordered - r.reserved - r.fulfilled AS needed,
              sum(r.ordered - r.reserved - r.fulfilled)
                OVER (PARTITION BY g.id ORDER BY s.placed_at, s.number, r.position)
                - (r.ordered - r.reserved - r.fulfilled) AS before
            FROM got g JOIN sale_row r ON r.product_id = g.product_id AND r.warehouse_id = g.warehouse_id
              AND r.kind = 'stock' AND r.ordered > r.reserved + r.fulfilled
            JOIN sale s ON s.id = r.sale_id AND s.waits = 1) AS queue
        WHERE before < there""",
    )


def _goods_in(floor: Floor) -> None:
    floor.number("goods_in", "gin")
    floor.run(
        """INSERT INTO goods_in (id, number, po_id, warehouse_id, allocated, at, person_id, journal_id)
        SELECT id, number, po_id, warehouse_id, 1, <mark>, 1, <mark> FROM gin""",
        floor.at, floor.journal,
    )  # fmt: skip
    floor.run(
        """INSERT INTO goods_in_row (id, goods_in_id, po_row_id, product_id, location_id, quantity)
        SELECT id, goods_in_id, po_row_id, product_id, location_id, units FROM got"""
    )
    floor.run(
        """INSERT INTO movement (journal_id, kind, warehouse_id, location_id, product_id, quantity, cost, at,
          goods_in_row_id)
        SELECT <mark>, 'receipt', warehouse_id, location_id, product_id, units, cost, <mark>, id FROM got""",
        floor.journal, floor.at,
    )  # fmt: skip
    floor.run(
        """INSERT INTO stock_level (warehouse_id, product_id, in_stock, allocated)
        SELECT g.warehouse_id, g.product_id, sum(g.units), coalesce(max(a.units), 0) FROM got g
        LEFT JOIN (SELECT product_id, warehouse_id, sum(units) AS units FROM alloc
          GROUP BY product_id, warehouse_id) a
          ON a.product_id = g.product_id AND a.warehouse_id = g.warehouse_id
        WHERE true GROUP BY g.warehouse_id, g.product_id
        ON CONFLICT (warehouse_id, product_id) DO UPDATE SET
          in_stock = stock_level.in_stock + excluded.in_stock,
          allocated = stock_level.allocated + excluded.allocated"""
    )
    floor.run(
        """UPDATE purchase_row SET received = received + g.units, version = version + 1
        FROM got g WHERE g.po_row_id = purchase_row.id"""
    )
    floor.run(
        """UPDATE purchase_order SET received = 2, to_come = 0, version = version + 1,
          status_id = (SELECT id FROM order_status WHERE document = 'PO' AND name = 'Received')
        FROM gin WHERE gin.po_id = purchase_order.id"""
    )
    floor.run(
        "UPDATE peg SET live = 0 FROM got g WHERE g.po_row_id = peg.po_row_id AND peg.live > 0"
    )


def _allocate(floor: Floor) -> None:
    floor.run(
        """INSERT INTO sale_event (journal_id, sale_row_id, d_reserved, d_fulfilled, d_shipped, goods_in_row_id)
        SELECT <mark>, row_id, units, 0, 0, goods_in_row_id FROM alloc""",
        floor.journal,
    )
    floor.run(
        "UPDATE sale_row SET reserved = reserved + a.units FROM alloc a WHERE a.row_id = sale_row.id"
    )
    floor.run(
        """UPDATE sale SET allocation = f.allocation, short = f.short, version = version + 1 FROM (
          SELECT r.sale_id, sum(r.ordered - r.reserved - r.fulfilled) AS short,
            CASE WHEN sum(r.reserved + r.fulfilled) = 0 THEN 0
              WHEN sum(r.reserved + r.fulfilled) >= sum(r.ordered) THEN 2 ELSE 1 END AS allocation
          FROM sale_row r WHERE r.kind = 'stock' AND r.sale_id IN (SELECT sale_id FROM alloc)
          GROUP BY r.sale_id) AS f
        WHERE f.sale_id = sale.id"""
    )


def _receipt_notes(floor: Floor) -> None:
    """R5.8: one on each order, one on each sale that a note served."""
    floor.run(
        """INSERT INTO note (document, document_id, kind, params, at, person_id, journal_id)
        SELECT 'PO', po_id, 'goods_received', <object>('goods_in', <as_json>(<object>('id', min(goods_in_id),
              'number', min(number))), 'more', max(sales) - count(*),
            'sales', <array>(<as_json>(one)), 'units', max(arrived))<to_text>, <mark>, 1, <mark>
        FROM (SELECT g.po_id, g.id AS goods_in_id, g.number, count(*) OVER (PARTITION BY g.po_id) AS sales,
            row_number() OVER (PARTITION BY g.po_id ORDER BY min(a.row_id)) AS place,
            min(t.arrived) AS arrived,
            <object>('id', a.sale_id, 'number', min(a.sale_number), 'units', sum(a.units)) AS one
          FROM gin g JOIN alloc a ON a.po_id = g.po_id JOIN (SELECT po_id, sum(units) AS arrived
            FROM got GROUP BY po_id) t ON t.po_id = g.po_id GROUP BY g.po_id, g.id, g.number, a.sale_id) AS served
        WHERE place <= 50 GROUP BY po_id""",
        floor.at, floor.journal,
    )  # fmt: skip
    floor.run(
        """INSERT INTO note (document, document_id, kind, params, at, person_id, journal_id)
        SELECT 'SO', a.sale_id, 'goods_allocated', <object>(
            'goods_in', <as_json>(<object>('id', g.id, 'number', g.number)),
            'items', <array>(<object>('sku', p.sku, 'units', a.units)),
            'po', <as_json>(<object>('id', g.po_id, 'number', g.po_number)))<to_text>, <mark>, 1, <mark>
        FROM alloc a JOIN gin g ON g.po_id = a.po_id JOIN product p ON p.id = a.product_id
        GROUP BY a.sale_id, g.id, g.number, g.po_id, g.po_number""",
        floor.at, floor.journal,
    )  # fmt: skip
    _announce(floor)
