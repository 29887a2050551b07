"""Our own format, ``backroom/1``: documented in docs/pos-messages.md, published as a JSON Schema.

Strict: keys that are not known, and halves of things, are refused. Whoever writes a till reads
the place and the reason; nothing is guessed.
"""

from __future__ import annotations

from typing import Any

from ..pos_shapes import (
    DISPOSITIONS,
    UNIT,
    CannotRead,
    Customer,
    Disposition,
    Line,
    Method,
    Payment,
    Transaction,
)
from ..rules.money import half_up
from .fields import Fields, per_unit

NAME = "backroom/1"
ROWS_MAX = 2_000
RATE_MAX = 10_000
_HUNDRED = 10_000  # per cent, in hundredths

HEAD = (
    "format", "message_id", "kind", "transaction_id", "at", "till", "cashier", "receipt",
    "reference", "note", "currency", "prices_include_tax", "customer", "deliver_to", "lines",
    "charges", "total", "payment", "refund",
)  # fmt: skip


def is_ours(value: Any) -> bool:
    """Whether this says of itself that it is a Backroom message."""
    said = value.get("format") if isinstance(value, dict) else None
    return isinstance(said, str) and said.startswith("backroom/")


def message_id(value: Any) -> str:
    """The till's id of the message, or nothing where it is not usable."""
    said = Fields(value).ident("message_id")
    return said if len(said) <= 100 else ""


def read(value: Any) -> Transaction:
    """Read one message; raises CannotRead with the place of the first slip."""
    message = Fields(value)
    if message.text("format") != NAME:
        raise CannotRead("format_version_unknown", said=message.text("format")[:40], known=NAME)
    message.only(*HEAD)
    kind = message.choice("kind", "sale", "refund", "exchange")
    included = message.needed("prices_include_tax")
    if not isinstance(included, bool):
        raise message.wrong("prices_include_tax", "true or false")
    is_sale, is_refund = kind != "refund", kind != "sale"
    refund = _refund(message, included) if is_refund else None
    for key in ("refund",) if not is_refund else () if is_sale else (
        "lines", "charges", "total", "payment", "deliver_to",
    ):  # fmt: skip
        if key in message.value:
            raise CannotRead("field_out_of_place", where=message.at(key), kind=kind)
    lines = _lines(message, included) if is_sale else ()
    total = _total(message) if is_sale else None
    if message.time("at") is None:
        raise CannotRead("field_missing", where="at")
    return Transaction(
        format=NAME,
        message_id=_id(message, "message_id", needed=True),
        transaction_id=_id(message, "transaction_id", needed=True),
        currency=_currency(message),
        is_sale=is_sale,
        is_refund=is_refund,
        lines=lines,
        payments=_payments(message, total, refund) if total is not None else (),
        refund_of=refund.of if refund else "",
        refund_lines=refund.lines if refund else (),
        refunds=refund.paid if refund else (),
        total=total,
        refund_total=refund.total if refund else None,
        customer=_customer(message),
        address=message.text("deliver_to", 500),
        till=message.line("till", 60),
        cashier=message.line("cashier", 120),
        receipt=message.line("receipt", 120),
        rung_at=message.time("at"),
        reference=message.line("reference"),
        note=message.text("note"),
    )


def _id(where: Fields, key: str, *, needed: bool = False) -> str:
    """An id is text, and never empty: a number may lose its leading zeros on the way."""
    if not needed and key not in where.value:
        return ""
    if not isinstance(where.needed(key), str):
        raise where.wrong(key, "text")
    return where.ident(key, needed=True)


def _currency(message: Fields) -> str:
    code = _id(message, "currency", needed=True)
    if len(code) != 3 or not (code.isascii() and code.isalpha() and code.isupper()):
        raise CannotRead("field_wrong_kind", where="currency", wanted="currency code")
    return code


def _customer(message: Fields) -> Customer | None:
    said = message.part("customer")
    if said is None:
        return None
    said.only("id", "name", "email", "phone", "address")
    made = Customer(
        name=said.line("name"),
        external_id=_id(said, "id"),
        email=said.line("email"),
        phone=said.line("phone", 60),
        address=said.text("address", 500),
    )
    for key, value in (("name", made.name), ("email", made.email)):
        if key in said.value and not value:
            raise CannotRead("field_missing", where=said.at(key))
    if not (made.name or made.external_id or made.email):
        raise CannotRead("field_missing", where=said.at("name"))
    return made


# --- rows ---------------------------------------------------------------------------------------


def _lines(message: Fields, included: bool) -> tuple[Line, ...]:
    made = [_line(row, included) for row in _rows(message, "lines")]
    made += [_charge(row, included) for row in _rows(message, "charges", needed=False)]
    if not made:
        raise CannotRead("field_missing", where="lines")
    return tuple(made)


def _rows(message: Fields, key: str, *, needed: bool = True) -> list[Fields]:
    if needed:
        message.needed(key)
    rows = list(message.parts(key))
    if len(rows) > ROWS_MAX:
        raise CannotRead("field_too_many", where=message.at(key), most=ROWS_MAX)
    return rows


def _line(row: Fields, included: bool) -> Line:
    row.only(
        "id", "sku", "barcode", "description", "quantity", "price", "discount", "tax_rate", "tax",
        "fulfil", "ship_from",
    )  # fmt: skip
    method = row.choice("fulfil", "now", "ship_later", "back_order")
    if ("ship_from" in row.value) != (method == "ship_later"):
        if method == "ship_later":
            raise CannotRead("field_missing", where=row.at("ship_from"))
        raise CannotRead("field_out_of_place", where=row.at("ship_from"), kind=method)
    quantity = _quantity(row)
    net, tax, rate = _money(row, quantity, included)
    sku, barcode = _product(row)
    return Line(
        quantity=quantity, net=net, tax=tax, price=per_unit(net, quantity), tax_rate=rate,
        sku=sku, barcode=barcode, description=row.line("description"),
        method=_METHODS[method], ship_from=_id(row, "ship_from"),
        external_id=_id(row, "id", needed=True),
    )  # fmt: skip


_METHODS: dict[str, Method] = {
    "now": "now", "ship_later": "ship_later", "back_order": "back_order",
}  # fmt: skip
_DISPOSITIONS: dict[str, Disposition] = {name: name for name in DISPOSITIONS}


def _product(row: Fields) -> tuple[str, str]:
    sku, barcode = _id(row, "sku"), _id(row, "barcode")
    if not sku and not barcode:
        raise CannotRead("field_missing", where=row.at("sku"))
    return sku, barcode


def _quantity(row: Fields) -> int:
    quantity = row.amount("quantity", needed=True)
    if quantity <= 0:
        raise CannotRead("field_not_positive", where=row.at("quantity"))
    return quantity


def _money(row: Fields, quantity: int, included: bool) -> tuple[int, int, int]:
    """(net, tax, rate) of a row from its price per unit."""
    price, discount = _text_amount(row, "price"), _text_amount(row, "discount", needed=False)
    if price < 0:
        raise CannotRead("field_below_zero", where=row.at("price"))
    said = half_up(quantity * price, UNIT) - discount
    if discount < 0 or said < 0:
        raise CannotRead("field_below_zero", where=row.at("discount"))
    return _taxed(row, said, included)


def _taxed(row: Fields, said: int, included: bool) -> tuple[int, int, int]:
    rate = row.amount("tax_rate", places=2) // 100
    if not 0 <= rate <= RATE_MAX:
        raise CannotRead("field_not_rate", where=row.at("tax_rate"))
    if row.has("tax"):
        tax = _text_amount(row, "tax")
        if tax and (tax > 0) != (said > 0):
            raise CannotRead("field_below_zero", where=row.at("tax"))
        return (said - tax if included else said), tax, rate
    if included:
        net = half_up(said * _HUNDRED, _HUNDRED + rate)
        return net, said - net, rate
    return said, half_up(said * rate, _HUNDRED), rate


def _text_amount(row: Fields, key: str, *, needed: bool = True) -> int:
    """Money is text: many programs write JSON numbers through binary floats."""
    if not needed and key not in row.value:
        return 0
    if not isinstance(row.needed(key), str):
        raise row.wrong(key, "amount as text")
    return row.amount(key)


def _total(where: Fields) -> int:
    total = _text_amount(where, "total")
    if total < 0:
        raise CannotRead("field_below_zero", where=where.at("total"))
    return total


def _charge(row: Fields, included: bool) -> Line:
    row.only("id", "description", "price", "tax_rate", "tax")
    net, tax, rate = _taxed(row, _text_amount(row, "price"), included)
    description = row.line("description")
    if not description:
        raise CannotRead("field_missing", where=row.at("description"))
    return Line(
        quantity=UNIT, net=net, tax=tax, price=net, tax_rate=rate, description=description,
        kind="charge", method="now", external_id=_id(row, "id", needed=True), disposition="none",
    )  # fmt: skip


# --- money ----------------------------------------------------------------------------------------


def _payments(message: Fields, total: int, refund: _Refund | None) -> tuple[Payment, ...]:
    """R7.2: in full, on account, or a deposit; the money must be what the word says.

    In an exchange the goods brought back pay too: what is left to pay on either side is set off.
    """
    payment = message.part("payment")
    if payment is None:
        raise CannotRead("field_missing", where="payment")
    payment.only("kind", "payments")
    kind = payment.choice("kind", "full", "on_account", "deposit")
    made = _paid(payment, "payments")
    paid = sum(one.amount for one in made)
    set_off = refund.total - sum(one.amount for one in refund.paid) if refund else 0
    fits = {
        "full": paid + set_off == total and set_off >= 0,
        "on_account": not made,
        "deposit": 0 < paid < total,
    }[kind]
    if not fits:
        raise CannotRead("payment_does_not_fit", kind=kind, paid_money=paid, total_money=total)
    return made


def _paid(where: Fields, key: str) -> tuple[Payment, ...]:
    made = []
    for one in where.parts(key):
        one.only("id", "method", "amount", "at")
        amount = _text_amount(one, "amount")
        if amount <= 0:
            raise CannotRead("field_not_positive", where=one.at("amount"))
        method = one.line("method", 40)
        if not method:
            raise CannotRead("field_missing", where=one.at("method"))
        at = one.time("at")
        if at is None and "at" in one.value:
            raise CannotRead("field_missing", where=one.at("at"))
        made.append(Payment(amount, method, _id(one, "id", needed=True), at))
    return tuple(made)


class _Refund:
    """The half of a message that takes goods back."""

    def __init__(self, said: Fields, included: bool) -> None:
        said.only("of", "lines", "charges", "total", "paid")
        self.of = _id(said, "of")
        lines = [_back(row, included, bool(self.of)) for row in _rows(said, "lines")]
        lines += [_charge(row, included) for row in _rows(said, "charges", needed=False)]
        if not lines:
            raise CannotRead("field_missing", where=said.at("lines"))
        self.lines = tuple(lines)
        self.total = _total(said)
        self.paid = _paid(said, "paid")


def _refund(message: Fields, included: bool) -> _Refund:
    said = message.part("refund")
    if said is None:
        raise CannotRead("field_missing", where="refund")
    return _Refund(said, included)


def _back(row: Fields, included: bool, linked: bool) -> Line:
    row.only(
        "id", "of_line", "sku", "barcode", "description", "quantity", "price", "discount",
        "tax_rate", "tax", "reason", "disposition",
    )  # fmt: skip
    of_line = _id(row, "of_line")
    if of_line and not linked:
        raise CannotRead("field_missing", where="refund.of")
    sku, barcode = (_id(row, "sku"), _id(row, "barcode")) if of_line else _product(row)
    quantity = _quantity(row)
    net, tax, rate = _money(row, quantity, included)
    reason = row.line("reason", 60)
    if not reason:
        raise CannotRead("field_missing", where=row.at("reason"))
    return Line(
        quantity=quantity, net=net, tax=tax, price=per_unit(net, quantity), tax_rate=rate,
        sku=sku, barcode=barcode, description=row.line("description"),
        external_id=_id(row, "id", needed=True), of_line=of_line,
        disposition=_DISPOSITIONS[row.choice("disposition", *DISPOSITIONS)], reason=reason,
    )  # fmt: skip
