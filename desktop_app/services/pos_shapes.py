"""The normal form of a shop's transaction: what every format is read into (R7.1 to R7.3, R7.10).

An adapter of ``pos_formats`` says what the sender said, exactly, and decides nothing about stock:
which product, warehouse or sale is meant, and whether figures are sane, ``pos_intake`` finds out.

Quantities, prices and all money here are ints in ten-thousandths (``UNIT``), because a format
knows its own digits but not how many our books keep for a currency; the intake rounds each row
half up to minor units (R1.5). Times are aware datetimes in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

UNIT = 10_000

Method = Literal["now", "ship_later", "back_order", "order"]
Disposition = Literal["restock", "quarantine", "write_off", "none"]
LineKind = Literal["goods", "charge"]

METHODS: tuple[Method, ...] = ("now", "ship_later", "back_order", "order")
DISPOSITIONS: tuple[Disposition, ...] = ("restock", "quarantine", "write_off", "none")


class NotAnOrder(Exception):
    """What came is no order at all (a product list, a web page): the message is refused.

    ``code`` and ``params`` as in ``errors.Rejected``; sentences are in ``views.messages_shop``.
    """

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class CannotRead(Exception):
    """An order that is damaged, half-filled or says something unknown: the message is parked."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class Customer:
    """Who bought. ``external_id`` is the sender's; found by it, else by ``email``, else made new."""

    name: str = ""
    external_id: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Payment:
    """Money taken (or, in ``Transaction.refunds``, paid out): always positive.

    ``external_id``: the sender's id of the payment, unique per channel; empty where it has none.
    """

    amount: int
    method: str = ""
    external_id: str = ""
    paid_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a sale, or of a refund.

    ``goods``: a product, found by ``sku``, then ``barcode`` (the quantity counts units, not
    packs), then ``product_ref`` (the product's external id); a positive ``quantity``.
    ``charge``: delivery, gift wrapping, a discount, rounding: a row of text without a product;
    quantity 1 and ``price`` = ``net``, below zero for a discount.
    ``price`` is net per unit after discounts, for show; ``net`` and ``tax`` of the whole row count.
    A row of a refund is positive too; ``of_line`` is the ``external_id`` of the sale's row (empty:
    found by product), ``disposition`` what happens to the goods (R7.10), ``reason`` in words.
    ``ship_from``: warehouse code; empty: the channel's own.
    """

    quantity: int
    net: int
    tax: int = 0
    price: int = 0
    tax_rate: int = 0
    """Hundredths of a per cent: 2000 is 20 %."""
    sku: str = ""
    barcode: str = ""
    product_ref: str = ""
    description: str = ""
    kind: LineKind = "goods"
    method: Method = "now"
    ship_from: str = ""
    external_id: str = ""
    of_line: str = ""
    disposition: Disposition = "restock"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Transaction:
    """One completed transaction: a sale (``lines``), a refund (``refund_lines``), or an exchange.

    ``transaction_id`` is unique in its channel and never empty. ``is_sale`` and ``is_refund``
    say what it is, because an order may come without a single row (both: an exchange).
    ``refund_of``: transaction id of the sale that is taken back from; empty for a refund without
    a receipt. ``total``: what the sender says the sale comes to (goods, charges and tax); where
    the lines add up to something else the intake parks it, so an adapter whose sender counts
    beyond its lines says so with a charge. ``refund_total``: the same for the refund.
    ``message_id``: the sender's own id of the message, where it has one. ``currency`` empty: the
    sender left it to the account, which is the company's own.
    """

    format: str
    transaction_id: str
    currency: str
    message_id: str = ""
    is_sale: bool = True
    is_refund: bool = False
    lines: tuple[Line, ...] = ()
    payments: tuple[Payment, ...] = ()
    refund_of: str = ""
    refund_lines: tuple[Line, ...] = ()
    refunds: tuple[Payment, ...] = ()
    total: int | None = None
    refund_total: int | None = None
    customer: Customer | None = None
    """None: a walk-in."""
    address: str = ""
    """Where it is delivered to, lines of text; empty: the customer's own."""
    till: str = ""
    cashier: str = ""
    receipt: str = ""
    rung_at: datetime | None = None
    """The till's own clock; None where the message has no time."""
    reference: str = ""
    note: str = ""
    """What the cashier or customer wrote; becomes a note on the order."""
    facts: dict[str, str] = field(default_factory=dict)
    """What the sender said of its own state (paid, shipped, cancelled), shown and never acted on."""


def sale_of(transaction: Transaction) -> int:
    """What the lines of the sale add up to, tax included; ten-thousandths."""
    return sum(line.net + line.tax for line in transaction.lines)


def refund_sum(transaction: Transaction) -> int:
    """What the lines of the refund add up to, tax included; ten-thousandths."""
    return sum(line.net + line.tax for line in transaction.refund_lines)
