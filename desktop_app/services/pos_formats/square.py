"""Square: orders as its API gives them, bare, in an answer, or in a recorded call.

Money is whole minor units with a currency, quantities are text. Square's examples fill optional
fields with their own names ("created_at": "created_at"): such a value says nothing, and where it
stands for something needed, the order is half-filled.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..pos_shapes import UNIT, CannotRead, Customer, Line, Method, NotAnOrder, Payment, Transaction
from .fields import Fields, per_unit

NAME = "square"

OTHERS = frozenset({
    "adjustment", "batch", "catalog_object", "changes", "count", "counts", "locations", "location",
    "objects", "object", "payment", "payments", "transfer", "transfer_order", "transfer_orders",
    "vendor", "vendors",
})  # fmt: skip
"""What Square answers beside orders and refunds, by its key."""

_NO_MINOR = {"JPY", "KRW", "VND", "CLP", "ISK", "UGX", "XAF", "XOF", "PYG", "RWF"}
_THREE = {"BHD", "JOD", "KWD", "OMR", "TND"}


def is_ours(value: Any) -> bool:
    """Whether this has the shape of something that Square sends."""
    if not isinstance(value, dict):
        return False
    path = value.get("path")
    if isinstance(path, str) and path.startswith("/v2/"):
        return True
    if str(value.get("type", "")).startswith(("order.", "payment.", "refund.")):
        return isinstance(value.get("data"), dict)
    inside = value.get("order")
    if isinstance(value.get("orders"), list) and value["orders"]:
        inside = value["orders"][0]
    if "order_entries" in value or _is_order(inside) or _is_order(value):
        return True
    return any(isinstance(one, dict) and "amount_money" in one for one in _refunds_in(value))


def _is_order(value: Any) -> bool:
    if not isinstance(value, dict) or "location_id" not in value or "financial_status" in value:
        return False
    return "line_items" in value or "total_money" in value or "returns" in value


def _refunds_in(value: dict[str, Any]) -> list[Any]:
    many = value.get("refunds")
    return [value.get("refund"), *(many if isinstance(many, list) else [])]


def message_id(value: Any) -> str:
    """Square's own event id, else made of the order and its version."""
    if not isinstance(value, dict):
        return ""
    event = Fields(value).ident("event_id") if "event_id" in value else ""
    if event:
        return f"square:event:{event}"
    body = value.get("response", value)
    order = body.get("order", body) if isinstance(body, dict) else None
    if not _is_order(order):
        return ""
    said = Fields(order)
    key = _own(said, "id")
    changed = said.ident("version") or _own(said, "updated_at")
    return f"square:order:{key}:{changed}" if key else ""


def read(value: Any) -> list[Transaction]:
    """Read the orders of a body, an answer or a recorded call.

    Raises NotAnOrder for other answers, CannotRead for orders that are half-filled.
    """
    path = value.get("path")
    if isinstance(path, str):
        if path.endswith("/orders/calculate"):
            raise NotAnOrder("not_an_order", sender="Square", what="calculation")
        body = value.get("response")
        if not isinstance(body, dict):
            raise NotAnOrder("no_order_inside", sender="Square")
        what = path.split("/")[2]
        if what not in {"orders", "refunds"}:
            raise NotAnOrder("not_an_order", sender="Square", what=what.replace("-", " "))
        value = body
    if str(value.get("type", "")).startswith(("order.", "payment.", "refund.")):
        raise CannotRead("only_ids", sender="Square")
    if any(isinstance(one, dict) for one in _refunds_in(value)) and not _is_order(value):
        raise CannotRead("refund_without_rows", sender="Square")
    if isinstance(value.get("orders"), list):
        found = [_order(one) for one in Fields(value).parts("orders")]
    elif "order" in value:
        found = [_order(Fields(value["order"], "order"))]
    elif _is_order(value):
        found = [_order(Fields(value))]
    else:
        what = next((key for key in value if key in OTHERS), "answer")
        raise NotAnOrder("not_an_order", sender="Square", what=what)
    if not found:
        raise NotAnOrder("no_order_inside", sender="Square")
    return found


# --- orders -------------------------------------------------------------------------------------


def _order(order: Fields) -> Transaction:
    key = _needed(order, "id")
    state = order.line("state")
    if state in {"CANCELED", "DRAFT"}:
        raise CannotRead("order_cancelled", sender="Square", order=key)
    for row in order.parts("line_items"):
        _quantity(row)  # told before the missing total: it is nearer to what is wrong
    currency, total = _total(order)
    rates = _rates(order)
    method = _method(order, state)
    lines = [_line(row, currency, rates, method) for row in order.parts("line_items")]
    lines += _beyond(order, lines, currency)
    back = [one for one in order.parts("returns") if one.has("return_line_items")]
    customer = _own(order, "customer_id")
    return Transaction(
        format=NAME,
        message_id=message_id(order.value),
        transaction_id=key,
        currency=currency,
        is_sale=bool(lines) or not back,
        is_refund=bool(back),
        lines=tuple(lines),
        payments=_payments(order, key, state, total, currency),
        refund_of=_source(back),
        refund_lines=tuple(_returned(row, currency) for row in _rows_back(back)),
        refunds=_refunds(order, currency) if back else (),
        total=total if not back else None,
        customer=Customer(external_id=customer) if customer else None,
        rung_at=_time(order, "closed_at") or _time(order, "created_at"),
        receipt=_own(order, "ticket_name"),
        reference=_own(order, "reference_id"),
        facts={"state": state} if state else {},
    )


def _own(where: Fields, key: str) -> str:
    """Text, or nothing where it only repeats the field's name."""
    said = where.ident(key)
    return "" if said == key else said


def _needed(where: Fields, key: str) -> str:
    said = where.ident(key, needed=True)
    if said == key:
        raise CannotRead("field_placeholder", where=where.at(key))
    return said


def _time(where: Fields, key: str) -> datetime | None:
    return where.time(key) if _own(where, key) else None


def _digits(currency: str) -> int:
    return 0 if currency in _NO_MINOR else 3 if currency in _THREE else 2


def _money(where: Fields, key: str, currency: str) -> int:
    """Ten-thousandths; 0 where absent or empty. Another currency than the order's is refused."""
    said = where.part(key)
    if said is None or not said.has("amount"):
        return 0
    if said.ident("currency") != currency:
        raise CannotRead("field_other_currency", where=said.at("currency"), currency=currency)
    amount: int = said.whole("amount") * UNIT // 10 ** _digits(currency)
    return amount


def _total(order: Fields) -> tuple[str, int]:
    said = order.part("total_money")
    if said is None or not said.has("amount"):
        raise CannotRead("field_missing", where=order.at("total_money"))
    currency = said.ident("currency", needed=True)
    return currency, _money(order, "total_money", currency)


def _quantity(row: Fields) -> int:
    _needed(row, "quantity")
    quantity = row.amount("quantity", needed=True)
    if quantity <= 0:
        raise CannotRead("field_not_positive", where=row.at("quantity"))
    return quantity


def _rates(order: Fields) -> dict[str, int]:
    return {
        one.ident("uid"): one.amount("percentage") // 100
        for one in order.parts("taxes")
        if one.has("uid") and one.has("percentage")
    }


def _method(order: Fields, state: str) -> Method:
    """A completed order without deliveries to come was handed over; the rest is still to do."""
    to_come = [
        one for one in order.parts("fulfillments") if one.value and one.line("state") != "COMPLETED"
    ]
    return "now" if state == "COMPLETED" and not to_come else "order"


def _line(row: Fields, currency: str, rates: dict[str, int], method: Method) -> Line:
    quantity = _quantity(row)
    if not row.has("total_money"):
        raise CannotRead("field_missing", where=row.at("total_money"))
    tax = _money(row, "total_tax_money", currency)
    net = _money(row, "total_money", currency) - tax
    rate = sum(rates.get(one.ident("tax_uid"), 0) for one in row.parts("applied_taxes"))
    product = _own(row, "catalog_object_id")
    named = [_own(row, "name"), _own(row, "variation_name")]
    return Line(
        quantity=quantity, net=net, tax=tax, price=per_unit(net, quantity), tax_rate=rate,
        sku=_own(row, "sku"), product_ref=product, description=", ".join(filter(None, named))[:200],
        # What was typed in at the till is in no catalogue: a row of text.
        kind="goods" if product else "charge", method=method, external_id=_own(row, "uid"),
        disposition="restock" if product else "none",
    )  # fmt: skip


def _beyond(order: Fields, lines: list[Line], currency: str) -> list[Line]:
    """Tip, service charge and rounding, which Square counts beside its rows."""
    made = []
    rows = list(order.parts("line_items"))
    in_rows = sum(_money(row, "total_service_charge_money", currency) for row in rows)
    service = _money(order, "total_service_charge_money", currency) - in_rows
    tip = order.part("total_tip_money")
    tipped = tip is not None and tip.ident("currency") == currency
    rounding = order.part("rounding_adjustment")
    for words, amount in (
        ("Service charge", service),
        ("Tip", _money(order, "total_tip_money", currency) if tipped else 0),
        ("Rounding", _money(rounding, "amount_money", currency) if rounding else 0),
    ):
        if amount:
            made.append(
                Line(
                    quantity=UNIT, net=amount, price=amount, description=words, kind="charge",
                    method="order", external_id=words.split(maxsplit=1)[0].lower(), disposition="none",
                )
            )  # fmt: skip
    return made


def _payments(
    order: Fields, key: str, state: str, total: int, currency: str
) -> tuple[Payment, ...]:
    """The tenders; a completed order that names no amounts was paid in full."""
    made = tuple(
        Payment(
            _money(one, "amount_money", currency),
            one.line("type", 40).lower(),
            _own(one, "payment_id") or _own(one, "id"),
            _time(one, "created_at"),
        )
        for one in order.parts("tenders")
        if one.has("amount_money")
    )
    made = tuple(one for one in made if one.amount > 0)
    if not made and state == "COMPLETED" and total > 0:
        return (Payment(total, "square", f"order:{key}"),)
    return made


# --- returns ------------------------------------------------------------------------------------


def _source(back: list[Fields]) -> str:
    sources = {_own(one, "source_order_id") for one in back}
    if len(sources) > 1:
        raise CannotRead("refund_of_several", sender="Square")
    return next(iter(sources), "")


def _rows_back(back: list[Fields]) -> list[Fields]:
    return [row for one in back for row in one.parts("return_line_items")]


def _returned(row: Fields, currency: str) -> Line:
    quantity = _quantity(row)
    tax = _money(row, "total_tax_money", currency)
    net = _money(row, "total_money", currency) - tax
    product = _own(row, "catalog_object_id")
    return Line(
        quantity=quantity, net=net, tax=tax, price=per_unit(net, quantity), product_ref=product,
        description=_own(row, "name")[:200], kind="goods" if product else "charge",
        external_id=_own(row, "uid"), of_line=_own(row, "source_line_item_uid"),
        disposition="restock" if product else "none",
    )  # fmt: skip


def _refunds(order: Fields, currency: str) -> tuple[Payment, ...]:
    return tuple(
        Payment(amount, "square", _own(one, "id"), _time(one, "created_at"))
        for one in order.parts("refunds")
        if (amount := _money(one, "amount_money", currency)) > 0
    )
