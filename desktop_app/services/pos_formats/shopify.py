"""Shopify: orders and refunds as its Admin API and webhooks give them.

Money is text with decimals, per unit; tax is per row, or in one sum for the order; discounts are
per row or for the order. The order's own head decides: where it adds up and its rows come to
something else, the difference is a row of its own, so that the total is what the customer paid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..pos_shapes import (
    UNIT,
    CannotRead,
    Customer,
    Disposition,
    Line,
    Method,
    NotAnOrder,
    Payment,
    Transaction,
)
from ..rules.money import half_up
from .fields import Fields, per_unit, spread

NAME = "shopify"

OTHERS = frozenset({
    "customer", "customers", "draft_order", "draft_orders", "events", "fulfillment",
    "fulfillments", "inventory_item", "inventory_items", "inventory_level", "inventory_levels",
    "location", "locations", "product", "products", "shipping_zones", "transaction",
    "transactions", "variant", "variants",
})  # fmt: skip
"""What Shopify sends beside orders and refunds, by its key."""

_TRANSACTION_KEYS = {"kind", "gateway", "order_id", "amount"}


def is_ours(value: Any) -> bool:
    """Whether this has the shape of something that Shopify sends."""
    if isinstance(value, list):
        return bool(value) and isinstance(value[0], dict) and value[0].keys() >= _TRANSACTION_KEYS
    if not isinstance(value, dict):
        return False
    if len(value) == 1:
        (key,) = value
        inside = value[key]
        if key in OTHERS or key == "refund":
            return key != "refund" or (isinstance(inside, dict) and "amount_money" not in inside)
        if key == "orders":
            inside = inside[0] if isinstance(inside, list) and inside else {}
        return key in {"order", "orders"} and isinstance(inside, dict) and _is_order(inside)
    return _is_order(value) or _is_refund(value)


def _is_order(value: dict[str, Any]) -> bool:
    return "financial_status" in value or ("total_price" in value and "line_items" in value)


def _is_refund(value: dict[str, Any]) -> bool:
    return "refund_line_items" in value and "order_id" in value


def message_id(value: Any) -> str:
    """Made of order or refund and its last change: Shopify sends the same thing more than once."""
    if not isinstance(value, dict):
        return ""
    (key, inside) = next(iter(value.items())) if len(value) == 1 else ("", value)
    if not isinstance(inside, dict) or key not in {"", "order", "refund"}:
        return ""
    what = Fields(inside)
    name = "refund" if key == "refund" or _is_refund(inside) else "order"
    changed = what.ident("updated_at") or what.ident("created_at")
    return f"shopify:{name}:{what.ident('id')}:{changed}" if what.has("id") else ""


def read(value: Any) -> list[Transaction]:
    """Read an order, a list of orders or a refund.

    Raises NotAnOrder for other things that Shopify sends, CannotRead for what is half-filled.
    """
    if isinstance(value, list):
        raise NotAnOrder("not_an_order", sender="Shopify", what="transactions")
    if len(value) == 1:
        (key,) = value
        if key in OTHERS:
            raise NotAnOrder("not_an_order", sender="Shopify", what=key.replace("_", " "))
        if key == "refund":
            return [_refund(Fields(value["refund"], "refund"), None)]
        if key == "orders":
            found = [made for one in Fields(value).parts("orders") for made in _order(one)]
            if not found:
                raise NotAnOrder("no_order_inside", sender="Shopify")
            return found
        return _order(Fields(value["order"], "order"))
    message = Fields(value)
    return [_refund(message, None)] if _is_refund(value) else _order(message)


# --- orders -------------------------------------------------------------------------------------


def _order(order: Fields) -> list[Transaction]:
    key = order.ident("id", needed=True)
    if order.yes("test"):
        raise NotAnOrder("test_order", sender="Shopify", order=order.line("name") or key)
    if order.has("cancelled_at"):
        raise CannotRead("order_cancelled", sender="Shopify", order=order.line("name") or key)
    total = order.amount("total_price", needed=True)
    included = order.yes("taxes_included")
    lines = _lines(order, included)
    made = Transaction(
        format=NAME,
        message_id=message_id(order.value),
        transaction_id=key,
        currency=order.ident("currency", needed=True),
        lines=(*lines, *_difference(order, lines, total, included)),
        payments=_payments(order, key, total),
        total=total,
        customer=_customer(order),
        address=_address(order.part("shipping_address")),
        till=order.ident("device_id"),
        cashier=order.ident("user_id"),
        receipt=order.line("name", 120),
        rung_at=order.time("processed_at") or order.time("created_at"),
        reference=order.line("po_number"),
        note=order.text("note"),
        facts=_facts(order),
    )
    return [made, *(_refund(one, included, key) for one in order.parts("refunds"))]


def _facts(order: Fields) -> dict[str, str]:
    names = ("financial_status", "fulfillment_status", "source_name", "gateway")
    return {name: said for name in names if (said := order.line(name))}


def _lines(order: Fields, included: bool) -> list[Line]:
    rows = list(order.parts("line_items"))
    goods = [_goods(row, included, _method(order, row)) for row in rows]
    if not order.has("line_items"):
        goods = [_without_rows(order)]
    shipping = [_shipping(row, included) for row in order.parts("shipping_lines")]
    made = [*goods, *(one for one in shipping if one is not None)]
    taxed = [*rows, *order.parts("shipping_lines")]
    if not any(_has_tax(row) for row in taxed):
        # One sum for the whole order: shared out over the goods in proportion.
        shares = spread(order.amount("total_tax"), [one.net for one in goods])
        rate = _rate(order)
        goods = [
            _with_tax(one, share, included, rate) for one, share in zip(goods, shares, strict=True)
        ]
        made = [*goods, *made[len(goods) :]]
    return made


def _has_tax(row: Fields) -> bool:
    return any(True for _ in row.parts("tax_lines"))


def _with_tax(line: Line, tax: int, included: bool, rate: int) -> Line:
    net = line.net - tax if included else line.net
    return Line(
        quantity=line.quantity, net=net, tax=tax, price=per_unit(net, line.quantity),
        tax_rate=rate if tax else 0, sku=line.sku, product_ref=line.product_ref,
        description=line.description, kind=line.kind, method=line.method,
        external_id=line.external_id, disposition=line.disposition,
    )  # fmt: skip


def _method(order: Fields, row: Fields) -> Method:
    """What has left the shop was sold now; the rest is an order like any other."""
    gone = row.line("fulfillment_status") or order.line("fulfillment_status")
    over_the_counter = order.line("source_name") == "pos" and not order.has("shipping_address")
    return "now" if gone == "fulfilled" or over_the_counter else "order"


def _goods(row: Fields, included: bool, method: Method) -> Line:
    count = row.whole("quantity")
    if count <= 0:
        raise CannotRead("field_not_positive", where=row.at("quantity"))
    said = row.amount("price", needed=True) * count - _discount(row)
    tax = _tax(row)
    net = said - tax if included else said
    sku, reference = row.ident("sku"), _reference(row)
    return Line(
        quantity=count * UNIT, net=net, tax=tax, price=per_unit(net, count * UNIT),
        tax_rate=_rate(row), sku=sku, product_ref=reference,
        description=row.line("name", 500)[:200] or row.line("title", 500)[:200],
        # An item of the shop's own making has no product anywhere: a row of text.
        kind="goods" if sku or reference else "charge",
        method=method, external_id=row.ident("id", needed=True),
        disposition="restock" if sku or reference else "none",
    )  # fmt: skip


def _reference(row: Fields) -> str:
    return row.ident("variant_id") or row.ident("product_id")


def _discount(row: Fields) -> int:
    if row.has("discount_allocations"):
        return sum(one.amount("amount") for one in row.parts("discount_allocations"))
    return row.amount("total_discount")


def _tax(row: Fields) -> int:
    return sum(one.amount("price") for one in row.parts("tax_lines"))


def _rate(row: Fields) -> int:
    """Hundredths of a per cent; Shopify says 0.06 for 6 %."""
    found = sum(one.amount("rate", places=12) for one in row.parts("tax_lines") if one.has("rate"))
    return found if 0 <= found <= UNIT else 0


def _without_rows(order: Fields) -> Line:
    """An order that names no rows at all: its goods in one sum."""
    net = order.amount("subtotal_price", needed=True)
    return Line(
        quantity=UNIT, net=net, price=net, description="Goods (rows not sent)", kind="charge",
        method="order", external_id="subtotal", disposition="none",
    )  # fmt: skip


def _shipping(row: Fields, included: bool) -> Line | None:
    key = "discounted_price" if row.has("discounted_price") else "price"
    said, tax = row.amount(key, needed=True), _tax(row)
    if not said:
        return None
    net = said - tax if included else said
    return Line(
        quantity=UNIT, net=net, tax=tax, price=net, tax_rate=_rate(row), kind="charge",
        description=row.line("title", 500)[:200] or "Delivery", method="order", disposition="none",
        external_id=row.ident("id") or "delivery",
    )  # fmt: skip


def _difference(
    order: Fields, lines: Sequence[Line], total: int, included: bool
) -> tuple[Line, ...]:
    """What the order's head counts beyond its rows: a discount, a tip, or a slip of the shop."""
    known: list[Line] = []
    if tip := order.amount("total_tip_received"):
        known.append(_row("Tip", tip))
    rest = total - sum(line.net + line.tax for line in (*lines, *known))
    if rest and rest == -order.amount("total_discounts"):
        return (*known, _row("Discount", rest))
    if rest:
        _check_head(order, total, included)
        known.append(_row("Difference to the shop’s total", rest))
    return tuple(known)


def _row(words: str, amount: int) -> Line:
    return Line(
        quantity=UNIT, net=amount, price=amount, description=words, kind="charge", method="order",
        external_id=words.split(maxsplit=1)[0].lower(), disposition="none",
    )  # fmt: skip


def _check_head(order: Fields, total: int, included: bool) -> None:
    """The head must add up by itself, else nobody knows what was paid."""
    said = order.amount("subtotal_price", needed=True) + order.amount("total_tip_received")
    said += 0 if included else order.amount("total_tax")
    said += sum(
        one.amount("discounted_price" if one.has("discounted_price") else "price")
        for one in order.parts("shipping_lines")
    )
    if total not in {said, said - order.amount("total_discounts")}:
        raise CannotRead("total_does_not_add_up", total_money=total, rows_money=said)


def _payments(order: Fields, key: str, total: int) -> tuple[Payment, ...]:
    """Captured money; without its transactions what the financial status says."""
    made = tuple(
        Payment(
            one.amount("amount", needed=True),
            one.line("gateway", 40),
            one.ident("id"),
            one.time("processed_at") or one.time("created_at"),
        )
        for one in order.parts("transactions")
        if one.line("kind") in {"sale", "capture"} and one.line("status") == "success"
    )
    if made:
        return made
    status = order.line("financial_status")
    gateway = order.line("gateway", 40) or next(iter(_gateways(order)), "")
    paid = 0
    if status in {"paid", "refunded", "partially_refunded"}:
        paid = total
    elif status == "partially_paid":
        paid = total - order.amount("total_outstanding", needed=True)
    return (Payment(paid, gateway, f"order:{key}"),) if paid > 0 else ()


def _gateways(order: Fields) -> list[str]:
    named = order.value.get("payment_gateway_names")
    return [one[:40] for one in named if isinstance(one, str)] if isinstance(named, list) else []


def _customer(order: Fields) -> Customer | None:
    said = order.part("customer")
    billing = order.part("billing_address")
    if said is None and billing is None:
        return None
    name = " ".join(
        part for part in (said.line("first_name"), said.line("last_name")) if part
    ) if said else ""  # fmt: skip
    return Customer(
        name=(name or (billing.line("name") if billing else ""))[:200],
        external_id=said.ident("id") if said else "",
        email=(said.line("email") if said else "") or order.line("email"),
        phone=(said.line("phone") if said else "")[:60],
        address=_address(billing),
    )


def _address(said: Fields | None) -> str:
    if said is None:
        return ""
    lines = [said.line(name) for name in ("name", "company", "address1", "address2")]
    lines.append(" ".join(filter(None, (said.line("zip"), said.line("city")))))
    lines += [said.line("province"), said.line("country")]
    return "\n".join(line for line in lines if line)[:500]


# --- refunds ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Back:
    """A row that comes back: its money as the shop says it, tax inside or not yet known."""

    row: Fields
    item: Fields
    count: int
    said: int
    tax: int


def _refund(refund: Fields, included: bool | None, order_id: str = "") -> Transaction:
    """``included`` None: the refund came alone, without its order's way of showing tax."""
    key = refund.ident("id", needed=True)
    rows = [_back(row) for row in refund.parts("refund_line_items")]
    paid = _refunds(refund)
    currency = next((one.ident("currency") for one in refund.parts("transactions")), "")
    for one in refund.parts("refund_line_items"):
        money = one.part("subtotal_set")
        shop_money = money.part("shop_money") if money is not None else None
        if not currency and shop_money is not None:
            currency = shop_money.ident("currency_code")
    if included is None:
        gross = sum(one.said for one in rows)
        taken = sum(one.amount for one in paid)
        included = bool(taken) and taken == gross
    note = refund.text("note")
    return Transaction(
        format=NAME,
        message_id=message_id(refund.value),
        transaction_id=key,
        currency=currency,
        is_sale=False,
        is_refund=True,
        refund_of=refund.ident("order_id") or order_id,
        refund_lines=(
            *(_back_line(one, included, refund, note) for one in rows),
            *_adjustments(refund),
        ),
        refunds=paid,
        cashier=refund.ident("user_id"),
        rung_at=refund.time("processed_at") or refund.time("created_at"),
        note=note,
    )


def _back(row: Fields) -> _Back:
    item = row.part("line_item") or Fields({}, row.at("line_item"))
    count = row.whole("quantity")
    if count <= 0:
        raise CannotRead("field_not_positive", where=row.at("quantity"))
    sold = item.whole("quantity") if item.has("quantity") else count
    if sold < count:
        raise CannotRead("refund_of_more", where=row.at("quantity"))
    said = (
        row.amount("subtotal")
        if row.has("subtotal")
        else item.amount("price", needed=True) * count - half_up(_discount(item) * count, sold)
    )
    tax = row.amount("total_tax") if row.has("total_tax") else half_up(_tax(item) * count, sold)
    return _Back(row, item, count, said, tax)


def _back_line(one: _Back, included: bool, refund: Fields, note: str) -> Line:
    net = one.said - one.tax if included else one.said
    sku, reference = one.item.ident("sku"), _reference(one.item)
    return Line(
        quantity=one.count * UNIT, net=net, tax=one.tax, price=per_unit(net, one.count * UNIT),
        tax_rate=_rate(one.item), sku=sku, product_ref=reference,
        description=one.item.line("name", 500)[:200],
        external_id=one.row.ident("id"), of_line=one.row.ident("line_item_id", needed=True),
        disposition=_disposition(one.row, refund), reason=" ".join(note.split())[:60],
    )  # fmt: skip


def _disposition(row: Fields, refund: Fields) -> Disposition:
    said = row.line("restock_type")
    if said:
        return "restock" if said in {"return", "legacy_restock"} else "none"
    return "restock" if refund.yes("restock") else "none"


def _adjustments(refund: Fields) -> list[Line]:
    """Delivery paid back, and what the shop rounded: negative in Shopify's books."""
    made = []
    for one in refund.parts("order_adjustments"):
        net, tax = -one.amount("amount", needed=True), -one.amount("tax_amount")
        if net or tax:
            words = (one.line("kind") or "adjustment").replace("_", " ").capitalize()
            made.append(
                Line(
                    quantity=UNIT, net=net, tax=tax, price=net, description=words, kind="charge",
                    external_id=one.ident("id"), disposition="none",
                )
            )  # fmt: skip
    return made


def _refunds(refund: Fields) -> tuple[Payment, ...]:
    return tuple(
        Payment(
            one.amount("amount", needed=True),
            one.line("gateway", 40),
            one.ident("id"),
            one.time("processed_at") or one.time("created_at"),
        )
        for one in refund.parts("transactions")
        if one.line("kind") == "refund" and one.line("status") == "success"
    )
