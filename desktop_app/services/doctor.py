"""The invariants of the books (reliability 3.10): each query must return no row.

Run by ``--check``, by ``backroom doctor`` and after every service test, on both engines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken invariant: its code, what it says, and the first rows that break it."""

    code: str
    says: str
    rows: tuple[tuple[Any, ...], ...]


ROWS_SHOWN_MAX = 20

INVARIANTS: dict[str, tuple[str, str]] = {
    "I01": (
        "in stock is the sum of the movements",
        """SELECT l.warehouse_id, l.product_id, l.in_stock, coalesce(m.q, 0) FROM stock_level l
        LEFT JOIN (SELECT warehouse_id, product_id, sum(quantity) AS q FROM movement
                   GROUP BY warehouse_id, product_id) m
          ON m.warehouse_id = l.warehouse_id AND m.product_id = l.product_id
        WHERE l.in_stock <> coalesce(m.q, 0)""",
    ),
    "I02": (
        "every place that goods moved through has a level",
        """SELECT DISTINCT m.warehouse_id, m.product_id FROM movement m LEFT JOIN stock_level l
          ON l.warehouse_id = m.warehouse_id AND l.product_id = m.product_id
        WHERE l.product_id IS NULL""",
    ),
    "I03": (
        "nothing is negative and no more is promised than is there",
        """SELECT warehouse_id, product_id FROM stock_level
        WHERE in_stock < 0 OR allocated < 0 OR quarantined < 0
           OR allocated + quarantined > in_stock""",
    ),
    "I04": (
        "allocated is what rows reserve and unshipped notes hold",
        """SELECT x.warehouse_id, x.product_id, sum(x.level), sum(x.promised) FROM (
          SELECT warehouse_id, product_id, allocated AS level, 0 AS promised FROM stock_level
          UNION ALL
          SELECT warehouse_id, product_id, 0, reserved FROM sale_row
          WHERE kind = 'stock' AND reserved > 0
          UNION ALL
          SELECT n.warehouse_id, r.product_id, 0, g.quantity FROM goods_out_row g
          JOIN goods_out n ON n.id = g.goods_out_id JOIN sale_row r ON r.id = g.sale_row_id
          WHERE n.kind = 'goods_out' AND n.shipped_at IS NULL) x
        GROUP BY x.warehouse_id, x.product_id HAVING sum(x.level) <> sum(x.promised)""",
    ),
    "I05": (
        "quarantined is what lies in quarantine locations",
        """SELECT l.warehouse_id, l.product_id, l.quarantined, coalesce(m.q, 0) FROM stock_level l
        LEFT JOIN (SELECT v.warehouse_id, v.product_id, sum(v.quantity) AS q FROM movement v
                   JOIN location p ON p.id = v.location_id WHERE p.kind = 'quarantine'
                   GROUP BY v.warehouse_id, v.product_id) m
          ON m.warehouse_id = l.warehouse_id AND m.product_id = l.product_id
        WHERE l.quarantined <> coalesce(m.q, 0)""",
    ),
    "I07": (
        "a sale row is the sum of its events",
        """SELECT r.id FROM sale_row r LEFT JOIN (
          SELECT sale_row_id, sum(d_reserved) AS a, sum(d_fulfilled) AS f, sum(d_shipped) AS s
          FROM sale_event GROUP BY sale_row_id) e ON e.sale_row_id = r.id
        WHERE r.reserved <> coalesce(e.a, 0)
           OR r.fulfilled <> r.opening_shipped + coalesce(e.f, 0)
           OR r.shipped <> r.opening_shipped + coalesce(e.s, 0)""",
    ),
    "I08": (
        "reserved and fulfilled stay within ordered, shipped within fulfilled",
        """SELECT id FROM sale_row WHERE reserved + fulfilled > ordered OR shipped > fulfilled
           OR reserved < 0 OR shipped < 0""",
    ),
    "I09": (
        "a cancelled sale holds no stock",
        """SELECT r.id FROM sale_row r JOIN sale s ON s.id = r.sale_id
        JOIN order_status t ON t.id = s.status_id
        WHERE t.is_cancelled = 1 AND (r.reserved > 0 OR r.fulfilled > r.shipped)""",
    ),
    "I10": (
        "what left for customers left the ledger",
        """SELECT g.id, g.quantity, coalesce(-m.q, 0) FROM goods_out_row g
        JOIN goods_out n ON n.id = g.goods_out_id
        LEFT JOIN (SELECT goods_out_row_id, sum(quantity) AS q FROM movement
                   WHERE goods_out_row_id IS NOT NULL GROUP BY goods_out_row_id) m
          ON m.goods_out_row_id = g.id
        WHERE (CASE WHEN n.kind = 'goods_out' AND n.shipped_at IS NOT NULL THEN g.quantity
               ELSE 0 END) <> coalesce(-m.q, 0)""",
    ),
    "I11": (
        "notes hold what is fulfilled, shipped notes what is shipped",
        """SELECT r.id FROM sale_row r LEFT JOIN (
          SELECT g.sale_row_id, sum(g.quantity) AS f,
            sum(CASE WHEN n.shipped_at IS NULL THEN 0 ELSE g.quantity END) AS s,
            sum(CASE WHEN n.kind = 'drop_ship' THEN g.quantity ELSE 0 END) AS df,
            sum(CASE WHEN n.kind = 'drop_ship' AND n.shipped_at IS NOT NULL
                THEN g.quantity ELSE 0 END) AS ds
          FROM goods_out_row g JOIN goods_out n ON n.id = g.goods_out_id
          GROUP BY g.sale_row_id) x ON x.sale_row_id = r.id
        WHERE r.fulfilled - r.opening_shipped <> coalesce(x.f, 0)
           OR r.shipped - r.opening_shipped <> coalesce(x.s, 0)
           OR r.drop_fulfilled <> coalesce(x.df, 0) OR r.drop_shipped <> coalesce(x.ds, 0)""",
    ),
    "I12": (
        "received is the sum of the goods-in rows, or of what a drop-ship order shipped",
        """SELECT p.id, p.received, coalesce(g.q, 0) FROM purchase_row p LEFT JOIN (
          SELECT po_row_id, sum(quantity) AS q FROM (
            SELECT po_row_id, quantity FROM goods_in_row WHERE undone_by IS NULL
            UNION ALL
            SELECT d.po_row_id, g.quantity FROM drop_ship_row d
            JOIN goods_out_row g ON g.id = d.goods_out_row_id
            JOIN goods_out n ON n.id = g.goods_out_id WHERE n.shipped_at IS NOT NULL) arrived
          GROUP BY po_row_id) g ON g.po_row_id = p.id
        WHERE p.received <> p.opening_received + coalesce(g.q, 0)""",
    ),
    "I13": (
        "no more is received than ordered, unless allowed",
        "SELECT id FROM purchase_row WHERE received > ordered AND over_allowed = 0",
    ),
    "I14": (
        "each goods-in row has its own equal movement, and its reversal where undone",
        """SELECT g.id FROM goods_in_row g
        JOIN product p ON p.id = g.product_id AND p.kind = 'stock' LEFT JOIN (
          SELECT goods_in_row_id, product_id, sum(quantity) AS q, count(*) AS n FROM movement
          WHERE kind = 'receipt' GROUP BY goods_in_row_id, product_id) m
          ON m.goods_in_row_id = g.id AND m.product_id = g.product_id
        WHERE m.n IS NULL OR (g.undone_by IS NULL AND (m.q <> g.quantity OR m.n <> 1))
           OR (g.undone_by IS NOT NULL AND (m.q <> 0 OR m.n <> 2))""",
    ),
    "I15": (
        "no receipt without a goods-in row, and its rows are of its purchase order",
        """SELECT m.id FROM movement m WHERE m.kind = 'receipt' AND m.goods_in_row_id IS NULL
        UNION ALL
        SELECT g.id FROM goods_in_row g JOIN goods_in n ON n.id = g.goods_in_id
        JOIN purchase_row p ON p.id = g.po_row_id
        WHERE p.po_id <> n.po_id OR p.product_id <> g.product_id""",
    ),
    "I16": (
        "live pegs stay within what is outstanding and what is needed",
        """SELECT 'po', k.po_row_id FROM peg k JOIN purchase_row p ON p.id = k.po_row_id
        JOIN purchase_order o ON o.id = p.po_id WHERE k.live > 0
        GROUP BY k.po_row_id, p.ordered, p.received, o.state
        HAVING sum(k.live) > p.ordered - p.received OR o.state IN ('closed', 'cancelled')
        UNION ALL
        SELECT 'so', k.sale_row_id FROM peg k JOIN sale_row r ON r.id = k.sale_row_id
        WHERE k.live > 0 GROUP BY k.sale_row_id, r.ordered, r.reserved, r.fulfilled
        HAVING sum(k.live) > r.ordered - r.reserved - r.fulfilled
        UNION ALL
        SELECT 'cancelled', k.sale_row_id FROM peg k JOIN sale_row r ON r.id = k.sale_row_id
        JOIN sale s ON s.id = r.sale_id JOIN order_status t ON t.id = s.status_id
        WHERE k.live > 0 AND t.is_cancelled = 1""",
    ),
    "I17": (
        "both ends of a peg name one product and one warehouse, or a drop-ship",
        """SELECT k.id FROM peg k JOIN sale_row r ON r.id = k.sale_row_id
        JOIN purchase_row p ON p.id = k.po_row_id WHERE r.product_id <> p.product_id""",
    ),
    "I19": (
        "every allocation by a receipt left a note on the sale and on the purchase order",
        """SELECT * FROM (
          SELECT e.journal_id, 'SO' AS document, r.sale_id AS document_id FROM sale_event e
          JOIN sale_row r ON r.id = e.sale_row_id
          WHERE e.d_reserved > 0 AND e.goods_in_row_id IS NOT NULL
          UNION
          SELECT e.journal_id, 'PO', i.po_id FROM sale_event e
          JOIN goods_in_row g ON g.id = e.goods_in_row_id JOIN goods_in i ON i.id = g.goods_in_id
          WHERE e.d_reserved > 0) x
        EXCEPT SELECT journal_id, document, document_id FROM note""",
    ),
    "I22": (
        "a reversal mirrors its original",
        """SELECT r.id FROM movement r JOIN movement o ON o.id = r.reverses
        WHERE r.quantity <> -o.quantity OR r.product_id <> o.product_id
           OR r.location_id <> o.location_id""",
    ),
    "I23": (
        "every command in the journal has a result",
        "SELECT id FROM journal WHERE result IS NULL",
    ),
    "I30": (
        "only stock-tracked products have stock",
        """SELECT l.product_id FROM stock_level l JOIN product p ON p.id = l.product_id
        WHERE p.kind <> 'stock' AND (l.in_stock <> 0 OR l.allocated <> 0)""",
    ),
    "I31": (
        "stored statuses of sales are the computed ones (R2.1 to R2.3)",
        """SELECT s.id, s.allocation, x.allocation, s.fulfilment, x.fulfilment, s.shipping,
          x.shipping, s.short, x.short FROM sale s JOIN (
          SELECT s.id,
            CASE WHEN coalesce(sum(r.ordered), 0) = 0 THEN 3
                 WHEN sum(r.reserved + r.fulfilled) = 0 THEN 0
                 WHEN sum(r.reserved + r.fulfilled) >= sum(r.ordered) THEN 2 ELSE 1 END
              AS allocation,
            CASE WHEN coalesce(sum(r.ordered), 0) = 0 THEN 3 WHEN sum(r.fulfilled) = 0 THEN 0
                 WHEN sum(r.fulfilled) >= sum(r.ordered) THEN 2 ELSE 1 END AS fulfilment,
            CASE WHEN coalesce(sum(r.ordered), 0) = 0 THEN 3 WHEN sum(r.shipped) = 0 THEN 0
                 WHEN sum(r.shipped) >= sum(r.ordered) THEN 2 ELSE 1 END AS shipping,
            coalesce(sum(r.ordered - r.reserved - r.fulfilled), 0) AS short
          FROM sale s LEFT JOIN sale_row r ON r.sale_id = s.id AND r.kind = 'stock'
          GROUP BY s.id) x ON x.id = s.id
        WHERE s.allocation <> x.allocation OR s.fulfilment <> x.fulfilment
           OR s.shipping <> x.shipping OR s.short <> x.short""",
    ),
    "I32": (
        "stored payment and invoice statuses are the computed ones",
        """SELECT s.id FROM sale s
        LEFT JOIN (SELECT sale_id, sum(amount) AS q FROM payment GROUP BY sale_id) p
          ON p.sale_id = s.id
        LEFT JOIN invoice i ON i.sale_id = s.id
        WHERE s.paid <> coalesce(p.q, 0)
           OR s.payment <> CASE WHEN s.total <= 0 THEN 3 WHEN coalesce(p.q, 0) <= 0 THEN 0
                WHEN p.q >= s.total THEN 2 ELSE 1 END
           OR s.invoiced <> CASE WHEN i.id IS NULL THEN 0 ELSE 1 END""",
    ),
    "I33": (
        "a purchase order's totals and received status are the computed ones",
        """SELECT o.id, o.received, x.received, o.to_come, x.to_come, o.total, x.total
        FROM purchase_order o JOIN (
          SELECT o.id, coalesce(sum(r.total), 0) AS total,
            CASE WHEN coalesce(sum(r.ordered), 0) = 0 THEN 3 WHEN sum(r.received) = 0 THEN 0
                 WHEN sum(CASE WHEN r.received < r.ordered THEN r.received ELSE r.ordered END)
                      >= sum(r.ordered) THEN 2 ELSE 1 END AS received,
            CASE WHEN o.state IN ('draft', 'sent') THEN
              coalesce(sum(CASE WHEN r.ordered > r.received THEN r.ordered - r.received
                           ELSE 0 END), 0) ELSE 0 END AS to_come
          FROM purchase_order o LEFT JOIN purchase_row r ON r.po_id = o.id
          GROUP BY o.id, o.state) x ON x.id = o.id
        WHERE o.received <> x.received OR o.to_come <> x.to_come OR o.total <> x.total""",
    ),
    "I34": (
        "a sale waits unless its status is a quote, cancelled, on hold or closed (R5.5)",
        """SELECT s.id FROM sale s JOIN order_status t ON t.id = s.status_id
        WHERE s.waits <> CASE WHEN t.is_quote + t.is_cancelled + t.is_on_hold + t.is_closed > 0
                         THEN 0 ELSE 1 END""",
    ),
    "I35": (
        "rows that count whole units hold whole units (R1.5)",
        """SELECT id FROM sale_row WHERE kind = 'stock'
          AND (ordered % 10000 <> 0 OR reserved % 10000 <> 0 OR fulfilled % 10000 <> 0)
        UNION ALL SELECT id FROM purchase_row
          WHERE product_id IN (SELECT id FROM product WHERE kind = 'stock')
          AND (ordered % 10000 <> 0 OR received % 10000 <> 0)""",
    ),
    "I36": (
        "no more is taken back than was sold (R7.10)",
        """SELECT r.id, r.ordered, sum(c.quantity) FROM credit_row c
        JOIN sale_row r ON r.id = c.sale_row_id GROUP BY r.id, r.ordered
        HAVING sum(c.quantity) > r.ordered""",
    ),
    "I37": (
        "what came back is in the ledger, where it was put",
        """SELECT c.id, c.disposition, c.quantity, coalesce(m.q, 0) FROM credit_row c LEFT JOIN (
          SELECT l.credit_row_id, sum(v.quantity) AS q,
            min(CASE WHEN p.kind = 'quarantine' THEN 1 ELSE 0 END) AS apart
          FROM credit_movement l JOIN movement v ON v.id = l.movement_id
          JOIN location p ON p.id = v.location_id GROUP BY l.credit_row_id) m
          ON m.credit_row_id = c.id
        WHERE coalesce(m.q, 0) <> CASE WHEN c.disposition IN ('restock', 'quarantine')
                                  THEN c.quantity ELSE 0 END
           OR coalesce(m.apart, 0) <> CASE WHEN c.disposition = 'quarantine' THEN 1 ELSE 0 END""",
    ),
    "I38": (
        "a transfer's units left one warehouse, and what arrived is in the other",
        """SELECT t.id, r.id, m.went, m.came FROM transfer_row r
        JOIN transfer t ON t.id = r.transfer_id LEFT JOIN (
          SELECT l.transfer_row_id,
            sum(CASE WHEN v.kind = 'transfer_out' THEN -v.quantity ELSE 0 END) AS went,
            sum(CASE WHEN v.kind = 'transfer_in' THEN v.quantity ELSE 0 END) AS came
          FROM transfer_movement l JOIN movement v ON v.id = l.movement_id
          GROUP BY l.transfer_row_id) m ON m.transfer_row_id = r.id
        WHERE coalesce(m.went, 0) <> CASE WHEN t.state = 'cancelled' THEN 0 ELSE r.quantity END
           OR coalesce(m.came, 0) <> r.received
           OR (t.state = 'cancelled' AND r.received <> 0)
           OR (t.state = 'received' AND r.received <> r.quantity)
           OR (t.state = 'closed' AND r.received + r.lost <> r.quantity)
           OR (t.state <> 'closed' AND r.lost <> 0)
        UNION ALL
        SELECT NULL, NULL, v.id, v.quantity FROM movement v
        LEFT JOIN transfer_movement l ON l.movement_id = v.id
        WHERE v.kind IN ('transfer_out', 'transfer_in') AND l.movement_id IS NULL""",
    ),
    "I39": (
        "a drop-ship note's row is supplied by a row of its own order, for its product",
        """SELECT g.id FROM goods_out_row g JOIN goods_out n ON n.id = g.goods_out_id
        LEFT JOIN drop_ship_row d ON d.goods_out_row_id = g.id
        LEFT JOIN purchase_row p ON p.id = d.po_row_id JOIN sale_row r ON r.id = g.sale_row_id
        WHERE (n.kind = 'drop_ship') <> (d.goods_out_row_id IS NOT NULL)
           OR (p.id IS NOT NULL AND (p.po_id <> n.po_id OR p.product_id <> r.product_id))""",
    ),
    "I40": (
        "an applied message has its order, and only an applied one",
        """SELECT m.id, m.state FROM pos_message m LEFT JOIN pos_order o ON o.message_id = m.id
        WHERE (m.state = 'applied') <> (o.id IS NOT NULL)""",
    ),
    "I41": (
        "a credit's totals are those of its rows, its refunds those paid out",
        """SELECT c.id FROM credit c
        LEFT JOIN (SELECT credit_id, sum(net) AS net, sum(tax) AS tax FROM credit_row
                   GROUP BY credit_id) r ON r.credit_id = c.id
        LEFT JOIN (SELECT credit_id, sum(amount) AS q FROM refund GROUP BY credit_id) p
          ON p.credit_id = c.id
        WHERE c.net <> coalesce(r.net, 0) OR c.tax <> coalesce(r.tax, 0)
           OR c.total <> c.net + c.tax OR c.refunded <> coalesce(p.q, 0)
           OR c.payment <> CASE WHEN c.total <= 0 THEN 3 WHEN coalesce(p.q, 0) <= 0 THEN 0
                WHEN p.q >= c.total THEN 2 ELSE 1 END""",
    ),
    "I42": (
        "a note that has not left has no shipped step",
        """SELECT n.id FROM goods_out n LEFT JOIN goods_out_step s
          ON s.goods_out_id = n.id AND s.step = 'shipped' AND s.undone_by IS NULL
        WHERE s.id IS NOT NULL AND n.shipped_at IS NULL""",
    ),
    "I43": (
        "what a shop sold now and took back has left the books (R7.12)",
        """SELECT r.id, r.shipped, sum(c.quantity) FROM credit_row c
        JOIN sale_row r ON r.id = c.sale_row_id JOIN sale s ON s.id = r.sale_id
        JOIN order_status t ON t.id = s.status_id
        WHERE r.method = 'now' AND r.kind = 'stock' AND t.is_cancelled = 0
        GROUP BY r.id, r.shipped, r.drop_fulfilled, r.drop_shipped
        HAVING sum(c.quantity) > r.shipped + r.drop_fulfilled - r.drop_shipped""",
    ),
    "I44": (
        "of a line being counted no more is damaged than is counted, under no reason less than none",
        """SELECT s.draft_id, s.po_row_id, sum(s.units), sum(coalesce(d.units, 0)) FROM receipt_scan s
        LEFT JOIN receipt_damage d ON d.scan_id = s.id
        WHERE s.undone = 0 AND s.po_row_id IS NOT NULL GROUP BY s.draft_id, s.po_row_id
        HAVING sum(coalesce(d.units, 0)) > sum(s.units)
        UNION ALL
        SELECT s.draft_id, s.po_row_id, 0, sum(d.units) FROM receipt_scan s
        JOIN receipt_damage d ON d.scan_id = s.id
        WHERE s.undone = 0 GROUP BY s.draft_id, s.po_row_id, d.reason HAVING sum(d.units) < 0
        UNION ALL
        SELECT s.draft_id, s.po_row_id, s.units, d.units FROM receipt_damage d
        JOIN receipt_scan s ON s.id = d.scan_id WHERE s.effect <> 'set' OR s.units <> 0""",
    ),
}


def check(db: Connection) -> list[Finding]:
    """Run every invariant; an empty list means the books are right."""
    found = []
    for code, (says, query) in INVARIANTS.items():
        rows = db.execute(text(query)).fetchmany(ROWS_SHOWN_MAX)
        if rows:
            found.append(Finding(code, says, tuple(tuple(row) for row in rows)))
    return found
