"""Products with their barcodes, and suppliers' terms: compared and written."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select

from ..backend import Work
from ..changes import Topic
from ..rules.money import UNIT
from ..store.bulk import ids_in, insert_many, next_ids
from ..store.tables import barcode, offer, offer_price, product
from . import records
from .parties import Parties
from .report import Code, Notice
from .scope import Entity, Scope, changed, matching, matching_folded, update_rows

DEFAULTS = {
    "kind": "stock", "category": "", "unit": "each", "price": 0, "tax_rate": 0, "discontinued": 0,
}  # fmt: skip


class Products:
    """Products by SKU or External ID."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.by_sku: dict[str, Entity] = {}
        self.by_external: dict[str, Entity] = {}
        self.folded: dict[str, str] = {}
        self.new: list[tuple[Entity, dict[str, Any]]] = []
        self.changes: dict[int, dict[str, Any]] = {}
        self.codes: dict[str, tuple[Entity, int]] = {}
        self.known_codes: dict[str, Any] = {}
        self._load()

    def _load(self) -> None:
        source, db = self.scope.source, self.scope.db
        keys = {r.sku for r in source.of("products")} | {
            r.external_id for r in source.of("products")
        }
        for template in ("supplier_terms", "sale_rows", "purchase_order_rows", "stock"):
            keys |= {record.product for record in source.of(template)}
        keys.discard("")
        met: dict[int, Entity] = {}
        rows = matching_folded(db, select(product), product.c.sku, keys)
        rows += matching(db, select(product), product.c.external_id, keys)
        for row in rows:
            if row.id not in met:
                met[row.id] = self._know(Entity(row.id, row), row)
        codes = {c for r in source.of("products") for c in (r.barcode, r.pack_barcode)} - {""}
        for row in matching(db, select(barcode), barcode.c.code, codes):
            self.known_codes[row.code] = row

    def _know(self, entity: Entity, row: Any) -> Entity:
        entity.name, entity.sku, entity.kind = row.name, row.sku, row.kind
        entity.price, entity.tax_rate = row.price, row.tax_rate
        self.by_sku[row.sku] = entity
        self.folded[row.sku.casefold()] = row.sku
        if row.external_id:
            self.by_external[row.external_id] = entity
        return entity

    def compare(self) -> None:
        """Sort the file's rows into new, changed and unchanged."""
        by_id: dict[str, Any] = {}
        by_sku: dict[str, Any] = {}
        for record in self.scope.source.of("products"):
            if record.external_id and self.scope.twice("products", "external_id", by_id, record):
                continue
            if not self.scope.twice("products", "sku", by_sku, record):
                self._one(record)

    def _one(self, record: records.Product) -> None:
        scope = self.scope
        by_sku = self.by_sku.get(record.sku)
        known = self.by_external.get(record.external_id) if record.external_id else by_sku
        if known is None and by_sku is not None and not (by_sku.facts and by_sku.facts.external_id):
            known = by_sku
        if by_sku is not None and by_sku is not known:
            scope.blame("products", "sku", Code.SKU_TAKEN, record.line, record.sku)
            return
        wanted: dict[str, Any] = {"sku": record.sku, "name": record.name}
        if record.external_id:
            wanted["external_id"] = record.external_id
        for name, blank in DEFAULTS.items():
            value = getattr(record, name)
            if known is None or scope.has("products", name):
                wanted[name] = blank if value is None or value == "" else value
        if known is None:
            self._new(record, wanted)
            return
        before = known.facts
        if wanted.get("kind", before.kind) != before.kind:
            scope.blame(
                "products", "kind", Code.KIND_FIXED, record.line, record.kind, kind=before.kind
            )
            return
        differs = changed(before, wanted)
        coded = self._barcodes(record, known)
        if differs:
            self.changes[known.key] = differs
            known.sku, known.name = wanted["sku"], wanted["name"]
            known.price = wanted.get("price", known.price)
            known.tax_rate = wanted.get("tax_rate", known.tax_rate)
            self.by_sku[known.sku] = known
            if record.external_id:
                self.by_external[record.external_id] = known
        scope.count("products", "updated" if differs or coded else "unchanged")

    def _new(self, record: records.Product, wanted: dict[str, Any]) -> None:
        made = Entity(
            None, name=record.name, sku=record.sku, kind=wanted["kind"], price=wanted["price"],
            tax_rate=wanted["tax_rate"],
        )  # fmt: skip
        self.by_sku[record.sku] = made
        self.folded[record.sku.casefold()] = record.sku
        if record.external_id:
            self.by_external[record.external_id] = made
        self.new.append((made, {"external_id": record.external_id or None, **wanted}))
        self._barcodes(record, made)
        self.scope.count("products", "new")

    def _barcodes(self, record: records.Product, entity: Entity) -> bool:
        """Take the record's barcodes; returns whether the database does not have them so."""
        pack = record.pack_quantity or 0
        if record.pack_barcode and (pack <= 0 or pack % UNIT):
            fault = Code.VALUE_MISSING if record.pack_quantity is None else Code.NOT_WHOLE
            self.scope.blame("products", "pack_quantity", fault, record.line)
            return False
        added = False
        for name, code, units in (
            ("barcode", record.barcode, UNIT), ("pack_barcode", record.pack_barcode, pack),
        ):  # fmt: skip
            if not code:
                continue
            if _spoilt(code):
                self.scope.blame("products", name, Code.SCIENTIFIC, record.line, code)
                continue
            known, mine = self.known_codes.get(code), self.codes.get(code)
            if (known is not None and known.product_id != entity.id) or (
                mine is not None and mine[0] is not entity
            ):
                by = mine[0].sku if mine is not None else ""
                self.scope.blame("products", name, Code.BARCODE_TAKEN, record.line, code, by=by)
                continue
            if _wrong_check_digit(code):
                self.scope.source.mention("products", name, Notice.CHECK_DIGIT, record.line, code)
            if known is None or known.quantity != units:
                self.codes[code] = (entity, units)
                added = True
        return added

    def find(self, template: str, record: Any) -> Entity | None:
        """Return the product that a record names by SKU or External ID."""
        text = record.product
        found = self.by_sku.get(text)
        other = self.by_external.get(text)
        if found is None and other is None:
            near = self.folded.get(text.casefold(), "")
            self.scope.unknown(template, "product", record.line, text, "products", near=near)
        elif found is not None and other is not None and found is not other:
            self.scope.unknown(template, "product", record.line, text, "products", ambiguous=True)
            return None
        return found or other

    def write(self, work: Work) -> None:
        """Insert and update products and barcodes."""
        ids = next_ids(work.db, product, len(self.new))
        rows = []
        for key, (entity, values) in zip(ids, self.new, strict=True):
            entity.id = key
            rows.append({"id": key, **values})
        insert_many(work.db, product, rows)
        update_rows(work.db, product, self.changes)
        for code, (_, units) in self.codes.items():
            if code in self.known_codes:
                work.db.execute(
                    barcode.update().where(barcode.c.code == code).values(quantity=units)
                )
        insert_many(
            work.db, barcode,
            [
                {"code": code, "product_id": entity.key, "quantity": units}
                for code, (entity, units) in self.codes.items() if code not in self.known_codes
            ],
        )  # fmt: skip
        if rows or self.changes or self.codes:
            coded = {entity.key for entity, _ in self.codes.values()}
            work.touched(Topic.PRODUCTS, {*ids, *self.changes, *coded})


def _spoilt(code: str) -> bool:
    """Return whether a spreadsheet has turned a barcode into a number like 5.01E+12."""
    return "E+" in code.upper() and code[:1].isdigit() and ("." in code or "," in code)


def _wrong_check_digit(code: str) -> bool:
    if len(code) not in {8, 12, 13, 14} or not (code.isascii() and code.isdigit()):
        return False
    weighted = sum(int(d) * (3 if place % 2 else 1) for place, d in enumerate(reversed(code)))
    return weighted % 10 != 0


class Terms:
    """What suppliers ask for products: one offer per pair, with its price breaks."""

    def __init__(self, scope: Scope, suppliers: Parties, products: Products) -> None:
        self.scope, self.suppliers, self.products = scope, suppliers, products
        self.offers: dict[tuple[Entity, Entity], _Offer] = {}
        self.primary_before: list[int] = []

    def compare(self) -> None:
        """Gather the rows by supplier and product, then set them beside what is there."""
        for record in self.scope.source.of("supplier_terms"):
            who = self.suppliers.find("supplier_terms", record, "supplier")
            what = self.products.find("supplier_terms", record)
            if who is None or what is None:
                continue
            made = self.offers.get((who, what))
            if made is None:
                self.offers[who, what] = made = _Offer(who, what, record)
            elif _head(made.record) != _head(record):
                self.scope.blame(
                    "supplier_terms", None, Code.TERMS_DISAGREE, record.line, first=made.record.line
                )
            self._price(made, record)
        self._primaries()
        self._beside_known()

    def _price(self, made: _Offer, record: records.SupplierTerm) -> None:
        least = record.from_quantity or 0
        if record.pack_size is not None and record.pack_size <= 0:
            self.scope.blame("supplier_terms", "pack_size", Code.ZERO, record.line)
        if least in made.lines:
            self.scope.blame(
                "supplier_terms", "from_quantity", Code.ID_TWICE, record.line,
                f"{record.supplier}, {record.product}", first=made.lines[least],
                same=made.prices.get(least) == record.cost,
            )  # fmt: skip
            return
        made.lines[least] = record.line
        if record.cost is not None:
            made.prices[least] = int(record.cost)
        else:
            self.scope.source.mention("supplier_terms", "cost", Notice.NO_PRICE, record.line)

    def _primaries(self) -> None:
        first: dict[Entity, int] = {}
        for made in self.offers.values():
            if made.record.primary:
                line = first.setdefault(made.product, made.record.line)
                if line != made.record.line:
                    self.scope.blame(
                        "supplier_terms", "primary", Code.TWO_PRIMARY, made.record.line, first=line
                    )

    def _beside_known(self) -> None:
        known: dict[tuple[int, int], Any] = {}
        prices: dict[int, dict[int, int]] = {}
        concerned = {what.id for _, what in self.offers if what.id is not None}
        for row in matching(self.scope.db, select(offer), offer.c.product_id, concerned):
            known[row.supplier_id, row.product_id] = row
        ids = {row.id for row in known.values()}
        for row in matching(self.scope.db, select(offer_price), offer_price.c.offer_id, ids):
            prices.setdefault(row.offer_id, {})[row.minimum] = row.cost
        for (who, what), made in self.offers.items():
            before = known.get((who.id or 0, what.id or 0))
            made.sort(self.scope, before, prices.get(before.id, {}) if before else {})
        primary = {what.id: who.id for (who, what), m in self.offers.items() if m.record.primary}
        self.primary_before = [
            row.id
            for row in known.values()
            if row.is_primary and primary.get(row.product_id, row.supplier_id) != row.supplier_id
        ]

    def write(self, work: Work) -> None:
        """Insert and update offers; the price list of an offer is replaced as a whole."""
        update_rows(work.db, offer, {key: {"is_primary": 0} for key in self.primary_before})
        new = [made for made in self.offers.values() if made.id is None]
        rows = []
        for key, made in zip(next_ids(work.db, offer, len(new)), new, strict=True):
            made.id = key
            made.repriced = bool(made.prices)
            rows.append({
                "id": key, "supplier_id": made.supplier.key, "product_id": made.product.key,
                **made.wanted,
            })  # fmt: skip
        insert_many(work.db, offer, rows)
        update_rows(
            work.db, offer, {m.id: m.differs for m in self.offers.values() if m.id and m.differs}
        )
        priced = [made for made in self.offers.values() if made.repriced and made.id is not None]
        old = {made.id for made in priced if made.id is not None}
        if old:
            work.db.execute(
                delete(offer_price).where(offer_price.c.offer_id.in_(ids_in(work.db, old)))
            )
        insert_many(
            work.db, offer_price,
            [
                {"offer_id": made.id, "minimum": least, "cost": cost}
                for made in priced for least, cost in made.prices.items()
            ],
        )  # fmt: skip
        if rows or priced:
            work.touched(Topic.PRODUCTS, {what.key for _, what in self.offers})


def _head(record: records.SupplierTerm) -> tuple[Any, ...]:
    return (
        record.primary, record.supplier_sku, record.pack_size, record.minimum,
        record.lead_time_days,
    )  # fmt: skip


class _Offer:
    """The rows of one supplier and product."""

    def __init__(self, supplier: Entity, product: Entity, record: records.SupplierTerm) -> None:
        self.supplier, self.product, self.record = supplier, product, record
        self.lines: dict[int, int] = {}
        self.prices: dict[int, int] = {}
        self.id: int | None = None
        self.wanted: dict[str, Any] = {}
        self.differs: dict[str, Any] = {}
        self.repriced = False

    def sort(self, scope: Scope, before: Any, prices: dict[int, int]) -> None:
        """Count this offer as new, updated or unchanged."""
        record = self.record
        every = {
            "is_primary": record.primary or 0, "supplier_sku": record.supplier_sku,
            "pack_size": record.pack_size or UNIT, "minimum": record.minimum or 0,
            "lead_time_days": record.lead_time_days,
        }  # fmt: skip
        if before is None:
            self.wanted = every
            scope.count("supplier_terms", "new")
            return
        self.id = before.id
        given = {n: v for n, v in every.items() if scope.has("supplier_terms", _PROVIDED.get(n, n))}
        self.differs = changed(before, given)
        self.repriced = bool(self.prices) and self.prices != prices
        scope.count("supplier_terms", "updated" if self.differs or self.repriced else "unchanged")


_PROVIDED = {"is_primary": "primary"}
