"""A small company for the batch and clone dialogs: ten sales, three suppliers, known numbers."""

from dataclasses import dataclass
from datetime import date

from desktop_app.services.backend import Backend
from tests.helpers import builders as b
from tests.helpers.builders import Row


@dataclass(frozen=True, slots=True)
class World:
    """Products by SKU, supplier ids by name, sales oldest first."""

    products: dict[str, int]
    suppliers: dict[str, int]
    sales: tuple[b.Sale, ...]
    incoming: b.PurchaseOrder

    @property
    def sale_ids(self) -> tuple[int, ...]:
        return tuple(sale.id for sale in self.sales)

    def key(self, sku: str) -> str:
        """The key of the product's line in a preview for the main warehouse."""
        return f"{self.products[sku]}@1"


COSTS = {
    "TENT": "61.20",
    "STOVE": "17.95",
    "LOCK": "19.40",
    "SOCK": "5.90",
    "HAT": "7.15",
    "GLOVE": "12.80",
}


def lay(backend: Backend) -> World:
    """What the batch comes to with the defaults:

    - TENT   ordered 9, on hand 3 -> 6 from Kestrel
    - STOVE  ordered 12, 4 allocated -> 8 needed, 2 on hand, 3 free of PO 1's 8 -> 3 from Kestrel
    - LOCK   6 from Penrose, in packs of 6
    - SOCK   5 from Alpine
    - HAT    4, no supplier
    - GLOVE  7, all on hand -> nothing to order
    """
    p = {sku: b.a_product(backend, sku, name=f"{sku.title()} one") for sku in COSTS}

    def costs(*skus: str) -> dict[int, str]:
        return {p[sku]: COSTS[sku] for sku in skus}

    s = {
        "Kestrel": b.a_supplier(backend, "Kestrel", costs=costs("TENT", "STOVE", "GLOVE")),
        "Penrose": b.a_supplier(backend, "Penrose", costs=costs("LOCK"), pack_size=6),
        "Alpine": b.a_supplier(backend, "Alpine", costs=costs("SOCK")),
        "Harbour": b.a_supplier(backend, "Harbour", costs={p["STOVE"]: "16.00"}, primary=False),
    }
    b.stock(backend, {p["TENT"]: 3, p["STOVE"]: 6, p["GLOVE"]: 20})
    tom = b.a_customer(backend, "Tom Okafor")
    rows = (
        [Row(p["TENT"], 4), Row(p["STOVE"], 4, reserved=4)],
        [Row(p["TENT"], 5), Row(p["HAT"], 4)],
        [Row(p["STOVE"], 3), Row(p["LOCK"], 2)],
        [Row(p["STOVE"], 5)],
        [Row(p["LOCK"], 4), Row(p["SOCK"], 1)],
        [Row(p["SOCK"], 4)],
        [Row(p["GLOVE"], 7)],
    )
    sales = [b.a_sale(backend, one, customer=tom) for one in rows]
    other = b.a_sale(backend, [Row(p["STOVE"], 5)])
    incoming = b.a_purchase_order(
        backend, s["Kestrel"], {p["STOVE"]: 8}, expected_on=date(2026, 11, 28),
        pegs={other.rows[0]: {p["STOVE"]: 5}},
    )  # fmt: skip
    return World(p, s, tuple(sales), incoming)
