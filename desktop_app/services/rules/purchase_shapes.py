"""What the plan of a batch is made of, and what it comes to (R3.1 to R3.9). Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, NamedTuple

from .supplier_choice import Choice, Offer, Supplier

Pair = tuple[int, int]
"""(warehouse id, product id)."""

CUSTOMER = 0
"""In the place of a delivery warehouse: the customer (R4.3)."""

NOBODY = Choice(None, "primary")
"""Before a supplier is chosen."""


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """The documented choices (R3.1) with the defaults of R3.2, and what is under *More*.

    ``deliver_to`` None: each row's own warehouse. ``po_status_id`` None: as the settings say.
    ``one_order_per_sale`` and ``append_to_drafts`` exclude each other (R3.5). ``to_customer``: the
    suppliers deliver to the customers (R4.3), so an order per sale, never into an open draft.
    """

    quantity: Literal["all", "needed"] = "needed"
    exclude_stock: Literal["on_hand", "in_stock"] | None = "on_hand"
    exclude_purchase_orders: bool = True
    count_promised_deliveries: bool = False
    vendor: Literal["primary", "cheapest", "named"] = "primary"
    supplier_id: int | None = None
    sales_status_id: int | None = None
    status_only_ordered: bool = False
    one_order_per_sale: bool = False
    append_to_drafts: bool = False
    deliver_to: int | None = None
    po_state: Literal["draft", "sent"] = "draft"
    po_status_id: int | None = None
    reference: str = ""
    round_up_to_packs: bool = False
    cross_notes: bool = True
    include_quotes: bool = False
    include_services: bool = False
    include_non_stock: bool = False
    to_customer: bool = False

    @property
    def per_sale(self) -> bool:
        """Each order is for one sale."""
        return self.one_order_per_sale or self.to_customer


@dataclass(frozen=True, slots=True)
class SupplierChoice:
    """A supplier picked for a product; ``keep`` stores it as the product's primary (R3.7)."""

    supplier_id: int
    keep: bool = False


class SplitPart(NamedTuple):
    """Units of a line that another supplier delivers."""

    supplier_id: int
    units: int


@dataclass(frozen=True, slots=True)
class Edits:
    """What a person changed in the preview, by the keys of its lines and groups (R3.10).

    A line's key names product and delivery warehouse (and the sale, where orders are per sale),
    never its supplier, so an edit survives a change of options. ``addresses``: typed for sales (by
    id) that suppliers could not deliver to otherwise (R4.3). ``splits``: by line, what other
    suppliers deliver of it, each of them once; the line keeps the rest. A part has the key of
    ``purchase_split.part_key`` for its own edits; its supplier is the split's.
    """

    quantities: Mapping[str, int] = field(default_factory=dict)
    suppliers: Mapping[str, int] = field(default_factory=dict)
    left_out_lines: frozenset[str] = frozenset()
    left_out_groups: frozenset[str] = frozenset()
    product_suppliers: Mapping[int, SupplierChoice] = field(default_factory=dict)
    addresses: Mapping[int, str] = field(default_factory=dict)
    splits: Mapping[str, tuple[SplitPart, ...]] = field(default_factory=dict)


NO_EDITS = Edits()


class Sale(NamedTuple):
    """A chosen sale. Given oldest first: by time placed, then number (R5.5)."""

    id: int
    number: int
    placed_at: datetime
    status_id: int
    is_quote: bool
    is_cancelled: bool
    is_on_hold: bool
    is_closed: bool


class Row(NamedTuple):
    """A row of a chosen sale, in the order of its position (R1.3)."""

    id: int
    sale_id: int
    product_id: int | None
    kind: str
    warehouse_id: int
    bundle_row_id: int | None
    ordered: int
    reserved: int
    fulfilled: int
    shipped: int
    drop_fulfilled: int
    drop_shipped: int
    description: str | None = None
    """Of rows that are not stock; the others go by their product."""


class Level(NamedTuple):
    """What a warehouse has of a product (R1.1)."""

    in_stock: int
    on_hand: int


class Inbound(NamedTuple):
    """An open purchase order row that is not drop-ship. ``live``: units pegged to any live need.

    ``live_rows``: how many sale rows those are.
    """

    po_row_id: int
    po_id: int
    number: int
    product_id: int
    warehouse_id: int
    outstanding: int
    expected_on: date | None
    state: str
    live: int
    live_rows: int


class Pegged(NamedTuple):
    """Live units of a purchase order row promised to a sale row. ``counts``: open, no drop-ship."""

    peg_id: int
    po_row_id: int
    quantity: int
    live: int
    counts: bool


class Draft(NamedTuple):
    """An open draft that a group may go into; ``rows``: product -> (row id, ordered, cost)."""

    id: int
    number: int
    version: int
    last_position: int
    rows: Mapping[int, tuple[int, int, int]]


@dataclass(slots=True)
class Facts:
    """Everything the plan is made of, read in one snapshot."""

    today: date
    sales: list[Sale]
    rows: Mapping[int, list[Row]]
    """By sale id."""
    whole: frozenset[int]
    """Products that count whole units (R1.5)."""
    levels: Mapping[Pair, Level]
    inbound: list[Inbound]
    """Soonest expected first."""
    pegs: Mapping[int, list[Pegged]]
    """By sale row id; pegs without live units included."""
    offers: Mapping[int, list[Offer]]
    """By product id."""
    suppliers: Mapping[int, Supplier]
    drafts: Mapping[Pair, Draft]
    """By (supplier id, delivery warehouse id)."""
    own_products_only: bool = False
    """The setting *limit products to the supplier's own* (rules section 9)."""
    addresses: Mapping[int, str] = field(default_factory=dict)
    """Of the sales, by id: where a supplier would deliver to."""


class LeftOutRow(NamedTuple):
    """A sale (``row`` None) or one of its rows that takes no part, with the reason (R3.8)."""

    sale: Sale
    row: Row | None
    units: int
    reason: str


@dataclass(slots=True)
class Cover:
    """What covers each row: lists side by side, oldest row first.

    Each row adds up: ``asked = pegged + stock + inbound + promised + open``.
    """

    rows: list[Row]
    asked: list[int]
    pegged: list[int]
    stock: list[int]
    inbound: list[int]
    promised: list[int]
    open: list[int]
    used: list[tuple[int, int, int]]
    """(row index, purchase order row id, units) of free inbound: to be pegged in the commit."""
    used_promised: list[tuple[int, int, int]]
    """The same of units promised to others, where they are counted (R3.4); never pegged."""


@dataclass(slots=True)
class PlannedLine:
    """One product for a warehouse, or ``CUSTOMER``, and sale; or a part of it (R3.10).

    ``rows`` index ``Cover.rows``.
    """

    key: str
    product_id: int
    warehouse_id: int
    sale_id: int | None
    rows: list[int] = field(default_factory=list)
    needed: int = 0
    """Units left to order after all cover, before packs and edits."""
    suggested: int = 0
    quantity: int = 0
    edited: bool = False
    left_out: bool = False
    choice: Choice = NOBODY
    offer: Offer | None = None
    cost: int | None = None
    expected_on: date | None = None
    group_key: str = ""
    part_of: str = ""
    """The key of the line that this part was split from; its ``rows`` are that line's."""
    split_to: int | None = None
    """The supplier of a part."""
    raised: list[tuple[int, int]] | None = None
    """Of a split line and its parts: (row index, units) served, see ``raised_for``."""
    short: int = 0
    """Units of the need that nothing is ordered for."""
    extra: int = 0
    """Ordered units that no sale needs."""

    @property
    def is_ordered(self) -> bool:
        """It becomes a row of a purchase order."""
        return self.quantity > 0 and not self.left_out and self.choice.supplier_id is not None


@dataclass(slots=True)
class PlannedGroup:
    """One future purchase order, or what is added to an open draft."""

    key: str
    supplier_id: int
    warehouse_id: int
    sale_id: int | None
    draft: Draft | None
    left_out: bool
    lines: list[PlannedLine] = field(default_factory=list)
    address: str = ""


@dataclass(slots=True)
class Plan:
    """The outcome of the rules. ``lines`` in the order in which the sales name their products."""

    cover: Cover
    lines: list[PlannedLine]
    groups: list[PlannedGroup]
    left_out: list[LeftOutRow]
    taking_part: list[Sale]
    """The chosen sales that R3.8 did not leave out."""
    dropped_edits: list[str]
