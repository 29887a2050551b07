"""Warehouses, customers and suppliers: compared and written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Table, insert, select

from ..backend import Work
from ..changes import Topic
from ..store.bulk import insert_many, next_ids, next_numbers
from ..store.tables import customer, location, supplier, warehouse
from . import records
from .report import Code
from .scope import Entity, Place, Scope, changed, matching, update_rows

DEFAULT_LEAD_DAYS = 7
"""What a new supplier has until somebody says otherwise; the column's own default."""

WALK_IN = "walk-in"
"""The External ID of the customer that every company has: sales without a customer are theirs."""


class Warehouses:
    """Places by code; ``first`` serves where a document names none."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.by_code: dict[str, Entity] = {}
        self.new: list[tuple[Entity, dict[str, Any]]] = []
        self.changes: dict[int, dict[str, Any]] = {}
        for row in scope.db.execute(select(warehouse).order_by(warehouse.c.id)):
            self.by_code[row.code] = Entity(row.id, row, row.name)
        by_id = {entity.id: entity for entity in self.by_code.values()}
        for place in scope.db.execute(select(location).order_by(location.c.id)):
            owner = by_id[place.warehouse_id]
            owner.places[place.code] = Place(place.id, place.kind)
            if place.is_default:
                owner.location = owner.places[place.code]
        self.first = next(iter(self.by_code.values()), None)

    def compare(self) -> None:
        """Sort the file's rows into new, changed and unchanged."""
        scope, seen = self.scope, dict[str, Any]()
        for record in scope.source.of("warehouses"):
            if scope.twice("warehouses", "code", seen, record):
                continue
            wanted = {"name": record.name}
            if scope.has("warehouses", "address"):
                wanted["address"] = record.address
            known = self.by_code.get(record.code)
            if known is None:
                made = Entity(None, name=record.name)
                made.places = {
                    "GOODS-IN": Place(None, "stock"),
                    "QUARANTINE": Place(None, "quarantine"),
                }
                made.location = made.places["GOODS-IN"]
                self.by_code[record.code] = made
                self.first = self.first or made
                self.new.append((made, {"code": record.code, "address": record.address, **wanted}))
                scope.count("warehouses", "new")
            elif known.facts is not None and (differs := changed(known.facts, wanted)):
                self.changes[known.key] = differs
                scope.count("warehouses", "updated")
            else:
                scope.count("warehouses", "unchanged")

    def find(self, template: str, record: Any, name: str = "warehouse") -> Entity | None:
        """Return the warehouse that a record names, the first where it names none."""
        code = getattr(record, name)
        if not code:
            return self.first
        found = self.by_code.get(code)
        if found is None:
            near = next((c for c in self.by_code if c.casefold() == code.casefold()), "")
            self.scope.unknown(template, name, record.line, code, "warehouses", near=near)
        return found

    def compare_locations(self) -> None:
        """Sort the rows of the locations file; a known location keeps its kind."""
        scope = self.scope
        seen: dict[tuple[str, str], int] = {}
        for record in scope.source.of("locations"):
            owner = self.find("locations", record)
            first = seen.setdefault((record.warehouse, record.code), record.line)
            if owner is None:
                continue
            if first != record.line:
                scope.blame(
                    "locations", "code", Code.ID_TWICE, record.line, record.code, first=first,
                    same=False,
                )  # fmt: skip
                continue
            kind, known = record.kind or "stock", owner.places.get(record.code)
            if known is None:
                owner.places[record.code] = Place(None, kind)
                scope.count("locations", "new")
            elif record.kind and known.kind != kind:
                scope.blame(
                    "locations", "kind", Code.FIXED, record.line, record.kind, now=known.kind
                )
            else:
                scope.count("locations", "unchanged")

    def write(self, work: Work) -> None:
        """Insert new warehouses and locations; a new warehouse has a bin for goods in."""
        for entity, values in self.new:
            made = work.db.execute(insert(warehouse).values(**values).returning(warehouse.c.id))
            entity.id = made.scalar_one()
        update_rows(work.db, warehouse, self.changes)
        fresh = [
            (entity, code, place)
            for entity in self.by_code.values()
            for code, place in entity.places.items()
            if place.id is None
        ]
        rows = []
        for key, (entity, code, place) in zip(
            next_ids(work.db, location, len(fresh)), fresh, strict=True
        ):
            place.id = key
            rows.append({
                "id": key, "warehouse_id": entity.key, "code": code, "kind": place.kind,
                "is_default": int(place is entity.location),
            })  # fmt: skip
        insert_many(work.db, location, rows)


class Parties:
    """Customers or suppliers, by External ID, or by name where only one has it."""

    def __init__(self, scope: Scope, template: str, table: Table, mentioned: Iterable[str]) -> None:
        self.scope, self.template, self.table = scope, template, table
        self.by_external: dict[str, Entity] = {}
        self.by_name: dict[str, list[Entity]] = defaultdict(list)
        self.new: list[tuple[Entity, dict[str, Any]]] = []
        self.changes: dict[int, dict[str, Any]] = {}
        keys = {r.external_id for r in scope.source.of(template)} | set(mentioned)
        keys.discard("")
        met: set[int] = set()
        for column in (table.c.external_id, table.c.name):
            for row in matching(scope.db, select(table), column, keys):
                if row.id not in met:
                    met.add(row.id)
                    made = Entity(row.id, row, row.name, currency=getattr(row, "currency", ""))
                    self._know(made, row.external_id)

    def _know(self, entity: Entity, external_id: str | None) -> None:
        if external_id:
            self.by_external[external_id] = entity
        self.by_name[entity.name].append(entity)

    def compare(self) -> None:
        """Sort the file's rows into new, changed and unchanged."""
        scope, template, seen = self.scope, self.template, dict[str, Any]()
        for record in scope.source.of(template):
            if scope.twice(template, "external_id", seen, record):
                continue
            wanted = self._wanted(record)
            known = self.by_external.get(record.external_id)
            if known is None:
                made = Entity(None, name=record.name, currency=wanted.get("currency", ""))
                self._know(made, record.external_id)
                self.new.append((made, {"external_id": record.external_id, **wanted}))
                scope.count(template, "new")
                continue
            given = {n: v for n, v in wanted.items() if scope.has(template, _PROVIDED.get(n, n))}
            if differs := changed(known.facts, given):
                self.changes[known.key] = differs
                scope.count(template, "updated")
            else:
                scope.count(template, "unchanged")

    def _wanted(self, record: Any) -> dict[str, Any]:
        """Return the columns of a new row; of them, a known row takes what the file provides."""
        wanted = {
            "name": record.name, "email": record.email, "phone": record.phone,
            "address": record.address,
        }  # fmt: skip
        if isinstance(record, records.Customer):
            return {**wanted, "has_credit_terms": record.credit_terms or 0}
        code = record.currency or self.scope.base
        if code not in self.scope.digits:
            self.scope.unknown(self.template, "currency", record.line, code, "currencies")
        days = DEFAULT_LEAD_DAYS if record.lead_time_days is None else record.lead_time_days
        return {**wanted, "currency": code, "lead_time_days": days}

    def find(self, template: str, record: Any, name: str) -> Entity | None:
        """Return the party that a record names by External ID or name."""
        text = getattr(record, name)
        found = self.by_external.get(text)
        if found is None:
            called = self.by_name.get(text, [])
            if len(called) == 1:
                return called[0]
            self.scope.unknown(
                template, name, record.line, text, self.template, ambiguous=len(called) > 1
            )
        return found

    def write(self, work: Work) -> None:
        """Insert and update; suppliers get their numbers."""
        ids = next_ids(work.db, self.table, len(self.new))
        rows = []
        for key, (entity, values) in zip(ids, self.new, strict=True):
            entity.id = key
            rows.append({"id": key, **values})
        if self.template == "suppliers":
            for row, number in zip(rows, next_numbers(work.db, "supplier", len(rows)), strict=True):
                row["number"] = number
        insert_many(work.db, self.table, rows)
        update_rows(work.db, self.table, self.changes)
        if self.template == "suppliers" and (rows or self.changes):
            work.touched(Topic.SUPPLIERS, {*ids, *self.changes})


_PROVIDED = {"has_credit_terms": "credit_terms"}


def customers(scope: Scope) -> Parties:
    """Return the customers that the files name."""
    named = {record.customer for record in scope.source.of("sales")}
    return Parties(scope, "customers", customer, named | {WALK_IN})


def suppliers(scope: Scope) -> Parties:
    """Return the suppliers that the files name."""
    named = {record.supplier for record in scope.source.of("supplier_terms")}
    named |= {record.supplier for record in scope.source.of("purchase_orders")}
    return Parties(scope, "suppliers", supplier, named)


__all__ = ["Parties", "Warehouses", "customers", "suppliers"]
