"""Brightpearl: sales orders and sales credits, bare, in an answer, or in recorded calls.

Amounts are text with two or four decimals, quantities ``{"magnitude": "4.0000"}``; rows are an
object by row id, their order is in ``orderRowSequence``. A recorded call that makes an order
holds its head in the request and its number in the answer; calls that add rows may follow.
"""

from __future__ import annotations

import re
from typing import Any

from ..pos_shapes import CannotRead, Customer, Line, Method, NotAnOrder, Payment, Transaction
from . import gate
from .fields import Fields, per_unit

NAME = "brightpearl"
TWICE = frozenset({"orderTypeCode"})
"""Brightpearl's clients send this key twice; the last one counts."""

_CALL = re.compile(r"/[a-z]+-service/")
_ORDER = re.compile(r"/order-service/order")
_ROWS = re.compile(r"/order-service/order/([0-9]+)/row")
_SALE, _CREDIT = "SO", "SC"


def is_ours(value: Any) -> bool:
    """Whether this has the shape of something that Brightpearl sends."""
    if isinstance(value, list):
        first = value[0] if value and isinstance(value[0], dict) else {}
        path = first.get("path")
        return (isinstance(path, str) and _CALL.match(path) is not None) or _is_order(first)
    if not isinstance(value, dict):
        return False
    inside = value.get("response")
    if isinstance(inside, list):
        return not inside or _is_order(inside[0]) or len(value) == 1
    return _is_order(value)


def _is_order(value: Any) -> bool:
    return isinstance(value, dict) and "orderTypeCode" in value


def message_id(value: Any) -> str:
    """Made of the order and its version, where there is just one order."""
    found = _orders(value)
    if len(found) != 1 or not found[0].has("id"):
        return ""
    changed = found[0].ident("version") or found[0].ident("updatedOn")
    return f"brightpearl:order:{found[0].ident('id')}:{changed}"


def _orders(value: Any) -> list[Fields]:
    if isinstance(value, list) and len(value) == 1 and not _is_order(value[0]):
        value = value[0].get("response") if isinstance(value[0], dict) else None
    if isinstance(value, dict) and isinstance(value.get("response"), list):
        value = value["response"]
    rows = value if isinstance(value, list) else [value]
    return [Fields(one) for one in rows if _is_order(one)]


def read(value: Any) -> list[Transaction]:
    """Read sales orders and credits.

    Raises NotAnOrder for other answers and purchases, CannotRead for what is half-filled.
    """
    if isinstance(value, list) and value and isinstance(value[0], dict) and "path" in value[0]:
        calls = [Fields(one, f"[{place}]") for place, one in enumerate(value)]
        if calls[0].line("method") == "POST" and _ORDER.fullmatch(calls[0].line("path")):
            return [_made_by_calls(calls)]
        if not any(one.line("path").startswith("/order-service/order/") for one in calls):
            raise NotAnOrder("not_an_order", sender="Brightpearl", what=_what(calls[0]))
        if len(calls) > 1:
            raise CannotRead("several_calls", sender="Brightpearl")
        value = calls[0].value.get("response")
    found = _orders(value)
    if not found:
        raise NotAnOrder("no_order_inside", sender="Brightpearl")
    return [_order(one) for one in found]


def _what(call: Fields) -> str:
    """The last word of the address: ``goods out`` of ``order/988116/goods-note/goods-out``."""
    parts = call.line("path", 300).split("?")[0].strip("/").split("/")
    words = [part for part in parts[1:] if part.replace("-", "").isalpha()]
    return words[-1].replace("-", " ") if words else "answer"


def _kind(order: Fields) -> str:
    code = order.ident("orderTypeCode", needed=True)
    if code in {"PO", "PC"}:
        what = "purchase order" if code == "PO" else "purchase credit"
        raise NotAnOrder("not_an_order", sender="Brightpearl", what=what)
    if code not in {_SALE, _CREDIT}:
        raise CannotRead(
            "field_not_known", where=order.at("orderTypeCode"), value=code[:40], known=["SO", "SC"]
        )
    return code


# --- whole orders ---------------------------------------------------------------------------------


def _order(order: Fields) -> Transaction:
    kind = _kind(order)
    key = order.ident("id", needed=True)
    money = order.part("currency")
    totals = order.part("totalValue")
    if money is None or totals is None:
        missing = "currency" if money is None else "totalValue"
        raise CannotRead("field_missing", where=order.at(missing))
    currency = money.ident("orderCurrencyCode", needed=True)
    total = totals.amount("total", needed=True)
    gone = order.line("shippingStatusCode") == "ASS"
    rows = _in_order(order)
    lines = tuple(_line(row, currency, "now" if gone else "order") for row in rows)
    return _transaction(order, kind, key, currency, lines, total)


def _transaction(
    order: Fields, kind: str, key: str, currency: str, lines: tuple[Line, ...], total: int
) -> Transaction:
    is_sale = kind == _SALE
    parent = order.ident("parentOrderId")
    paid: tuple[Payment, ...] = ()
    if order.line("orderPaymentStatus") == "PAID" and total > 0:
        paid = (Payment(total, "brightpearl", f"order:{key}"),)
    parties = order.part("parties")
    delivery = parties.part("delivery") if parties else None
    return Transaction(
        format=NAME,
        message_id=message_id(order.value),
        transaction_id=key,
        currency=currency,
        is_sale=is_sale,
        is_refund=not is_sale,
        lines=lines if is_sale else (),
        payments=paid if is_sale else (),
        refund_of=parent if not is_sale and parent != "0" else "",
        refund_lines=() if is_sale else lines,
        refunds=() if is_sale else paid,
        total=total if is_sale else None,
        refund_total=None if is_sale else total,
        customer=_customer(parties.part("customer") if parties else None),
        address=_address(delivery),
        rung_at=order.time("placedOn") or order.time("createdOn"),
        reference=order.line("reference"),
        facts=_facts(order),
    )


def _facts(order: Fields) -> dict[str, str]:
    names = ("orderPaymentStatus", "stockStatusCode", "allocationStatusCode", "shippingStatusCode")
    found = {name: said for name in names if (said := order.line(name))}
    status = order.part("orderStatus")
    if status is not None and status.line("name"):
        found["orderStatus"] = status.line("name")
    return found


def _in_order(order: Fields) -> list[Fields]:
    """The rows with their ids, as they stand on the order."""
    rows = order.part("orderRows")
    if rows is None:
        return []
    found = []
    for key in rows.value:
        row = rows.part(key)
        if row is None:
            raise CannotRead("field_missing", where=rows.at(key))
        place = row.ident("orderRowSequence")
        if place and not (place.isascii() and place.isdigit()):
            raise row.wrong("orderRowSequence", "whole number")
        found.append((int(place[:9] or 0), key, Fields({**row.value, "id": key}, row.path)))
    found.sort(key=lambda one: one[:2])
    return [row for _, _, row in found]


def _line(row: Fields, currency: str, method: Method) -> Line:
    worth = row.part("rowValue")
    count = row.part("quantity")
    if worth is None or count is None:
        raise CannotRead("field_missing", where=row.at("rowValue" if worth is None else "quantity"))
    quantity = count.amount("magnitude", needed=True)
    if quantity <= 0:
        raise CannotRead("field_not_positive", where=count.at("magnitude"))
    net, tax = _money(worth, "rowNet", currency), _money(worth, "rowTax", currency)
    sku = row.ident("productSku")
    bundle = row.part("composition")
    # Brightpearl sends the parts of a bundle as rows; the parent holds only the money.
    goods = bool(sku) and not (bundle is not None and bundle.yes("bundleParent"))
    source = row.ident("clonedFromId")
    return Line(
        quantity=quantity, net=net, tax=tax, price=per_unit(net, quantity),
        tax_rate=worth.amount("taxRate") // 100 if worth.has("taxRate") else 0, sku=sku,
        product_ref=row.ident("productId") if goods else "",
        description=row.line("productName", 500)[:200], kind="goods" if goods else "charge",
        method=method, external_id=row.ident("id"), of_line=source if source != "0" else "",
        disposition="restock" if goods else "none",
    )  # fmt: skip


def _money(worth: Fields, key: str, currency: str) -> int:
    said = worth.part(key)
    if said is None:
        raise CannotRead("field_missing", where=worth.at(key))
    if said.has("currencyCode") and said.ident("currencyCode") != currency and currency:
        raise CannotRead("field_other_currency", where=said.at("currencyCode"), currency=currency)
    return said.amount("value", needed=True)


def _customer(said: Fields | None) -> Customer | None:
    if said is None:
        return None
    made = Customer(
        name=(said.line("companyName") or said.line("addressFullName")),
        external_id=said.ident("contactId"),
        email=said.line("email"),
        phone=said.line("telephone", 60),
        address=_address(said),
    )
    return made if made.external_id or made.name or made.email else None


def _address(said: Fields | None) -> str:
    if said is None:
        return ""
    names = (
        "addressFullName", "companyName", "addressLine1", "addressLine2", "addressLine3",
        "addressLine4", "postalCode", "country",
    )  # fmt: skip
    return "\n".join(line for name in names if (line := said.line(name)))[:500]


# --- orders made by calls -------------------------------------------------------------------------


def _made_by_calls(calls: list[Fields]) -> Transaction:
    """An order from the call that made it, and those that added its rows."""
    status, answer = calls[0].value.get("status"), calls[0].part("response")
    if status != 200 or answer is None:
        raise NotAnOrder("call_failed", sender="Brightpearl")
    key = answer.ident("response", needed=True)
    head = _request(calls[0])
    kind = _kind(head)
    lines = []
    for call in calls[1:]:
        into = _ROWS.fullmatch(call.line("path"))
        if call.line("method") != "POST" or into is None or into[1] != key:
            raise CannotRead("several_calls", sender="Brightpearl")
        number = call.part("response")
        body = _request(call)
        row = Fields({**body.value, "id": number.ident("response") if number else ""}, body.path)
        lines.append(_line(row, "", "order"))
    money = head.part("currency")
    currency = money.ident("orderCurrencyCode") if money else ""
    total = sum(line.net + line.tax for line in lines)
    return _transaction(head, kind, key, currency, tuple(lines), total)


def _request(call: Fields) -> Fields:
    """What was sent, read from its very text where that is there."""
    if call.has("request_raw"):
        sent = gate.read(call.text("request_raw", gate.BYTES_MAX).encode())
        check_repeats(sent.repeated)
        return Fields(sent.value, call.at("request_raw"))
    request = call.part("request")
    if request is None:
        raise CannotRead("field_missing", where=call.at("request"))
    return request


def check_repeats(repeated: frozenset[str], known: frozenset[str] = TWICE) -> None:
    """Refuse keys that came twice, but for those that a sender is known to repeat."""
    for key in sorted(repeated - known):
        raise CannotRead("json_key_twice", key=key[:60])
