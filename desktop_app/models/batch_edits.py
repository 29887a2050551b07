"""What a person has changed in a batch preview; outlives every change of options (BPO-11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from desktop_app.models.formats import parse_quantity, quantity
from desktop_app.services.batch_preview import Group, Line
from desktop_app.services.rules.money import UNIT
from desktop_app.services.rules.purchase_plan import (
    BatchOptions,
    Edits,
    SplitPart,
    SupplierChoice,
    part_key,
)


@dataclass(frozen=True, slots=True)
class Unread:
    """A typed quantity that cannot be read: kept as typed, with what is wrong (BPO-11)."""

    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """An edit whose line is not in the preview any more; ``home``: options that showed it."""

    key: str
    sku: str
    home: BatchOptions


@dataclass(slots=True)
class BatchEdits:
    """Mutable; ``frozen()`` is what the service is asked with."""

    quantities: dict[str, int] = field(default_factory=dict)
    suppliers: dict[str, int] = field(default_factory=dict)
    left_out_lines: set[str] = field(default_factory=set)
    left_out_groups: set[str] = field(default_factory=set)
    product_suppliers: dict[int, SupplierChoice] = field(default_factory=dict)
    addresses: dict[int, str] = field(default_factory=dict)
    splits: dict[str, tuple[SplitPart, ...]] = field(default_factory=dict)
    unread: dict[str, Unread] = field(default_factory=dict)
    _homes: dict[str, Dropped] = field(default_factory=dict)

    def frozen(self) -> Edits:
        """Return the edits as the service takes them."""
        return Edits(
            dict(self.quantities),
            dict(self.suppliers),
            frozenset(self.left_out_lines),
            frozenset(self.left_out_groups),
            dict(self.product_suppliers),
            dict(self.addresses),
            dict(self.splits),
        )

    def __bool__(self) -> bool:
        return self.count() > 0

    def count(self) -> int:
        """How many things would be lost if the dialog were left now."""
        parts = (
            self.quantities, self.suppliers, self.left_out_lines, self.left_out_groups,
            self.product_suppliers, self.addresses, self.splits, self.unread,
        )  # fmt: skip
        return sum(len(part) for part in parts)

    # --- quantities ------------------------------------------------------------------------------

    def type_quantity(self, line: Line, text: str) -> bool:
        """Take what was typed into the Order cell; False where it cannot be read."""
        if not text.strip():
            self.reset(line)  # an emptied cell asks for the suggestion again
            return True
        try:
            units = parse_quantity(text, whole=line.whole_units)
            if line.to_customer and units > line.suggested:
                most = (
                    f"At most {quantity(line.suggested)}: a customer gets no more than is needed."
                )
                raise ValueError(most)
        except ValueError as error:
            self.unread[line.key] = Unread(text, str(error))
            return False
        self.unread.pop(line.key, None)
        if units == line.suggested:
            self.quantities.pop(line.key, None)
        else:
            self.quantities[line.key] = units
        return True

    def reset(self, line: Line) -> None:
        """Back to what the rules suggest."""
        self.quantities.pop(line.key, None)
        self.unread.pop(line.key, None)

    def quantity(self, line: Line) -> int:
        """What will be ordered of the line, also before the preview has caught up."""
        if line.key in self.quantities:
            return self.quantities[line.key]
        return line.suggested if line.edited else line.quantity

    def is_edited(self, line: Line) -> bool:
        """Whether the Order cell wears the frame and the pencil."""
        return line.key in self.quantities or line.key in self.unread

    # --- leaving out -----------------------------------------------------------------------------

    def is_out(self, line: Line, group: Group | None) -> bool:
        """Whether the line's box is empty."""
        return line.key in self.left_out_lines or (
            group is not None and group.key in self.left_out_groups
        )

    def set_line_out(self, line: Line, group: Group | None, *, out: bool) -> None:
        """Leave a line out, or take it in; taking one of a left-out group in leaves the others."""
        if out:
            self.left_out_lines.add(line.key)
            return
        self.left_out_lines.discard(line.key)
        if group is not None and group.key in self.left_out_groups:
            self.left_out_groups.discard(group.key)
            self.left_out_lines.update(other.key for other in group.lines if other is not line)

    def set_group_out(self, group: Group, *, out: bool) -> None:
        """Leave out a whole future purchase order, or take all of it in."""
        if out:
            self.left_out_groups.add(group.key)
        else:
            self.left_out_groups.discard(group.key)
            self.left_out_lines.difference_update(line.key for line in group.lines)

    # --- suppliers and parts (BPO-10) ------------------------------------------------------------

    def assign(self, lines: Iterable[Line], chosen: Mapping[int, SupplierChoice]) -> None:
        """Give products a supplier; what a line gave to this one before is joined again."""
        self.product_suppliers.update(chosen)
        for line in lines:
            if line.product_id in chosen:
                self.suppliers.pop(line.key, None)
                self.left_out_lines.discard(line.key)
                self.forget(part_key(line.key, chosen[line.product_id].supplier_id))

    def set_supplier(self, line: Line, supplier_id: int | None) -> None:
        """Buy a line or a part from somebody else; None: as the options say."""
        if line.is_part and supplier_id is not None:
            self.change_part(line, supplier_id)
        elif supplier_id is None:
            self.suppliers.pop(line.key, None)
        else:
            self.suppliers[line.key] = supplier_id

    def taken(self, line: Line) -> set[int]:
        """The suppliers of the other parts: each delivers one part only."""
        mine = {part.supplier_id for part in line.split if part.key == line.key}
        found = {part.supplier_id for part in line.split if part.key != line.key}
        found |= {part.supplier_id for part in self.splits.get(whole_key(line), ())} - mine
        return {key for key in found if key is not None}

    def split(self, line: Line, supplier_id: int, units: int) -> None:
        """Let another supplier deliver so much of a line, or of a part (R3.10)."""
        key = whole_key(line)
        parts = [
            SplitPart(one.supplier_id, line.open - units)
            if part_key(key, one.supplier_id) == line.key
            else one
            for one in self.splits.get(key, ())
        ]
        self.splits[key] = (*parts, SplitPart(supplier_id, units))
        if line.key in self.quantities:  # what was typed is divided, not ordered twice
            self.quantities[line.key] = max(self.quantities[line.key] - units, 0)
        self.unread.pop(line.key, None)

    def change_part(self, line: Line, supplier_id: int, units: int | None = None) -> None:
        """Give a part another supplier or, where said, other units instead of all typed ones."""
        key = whole_key(line)
        self.splits[key] = tuple(
            SplitPart(supplier_id, one.units if units is None else units)
            if part_key(key, one.supplier_id) == line.key
            else one
            for one in self.splits.get(key, ())
        )
        now = part_key(key, supplier_id)
        typed = self.quantities.pop(line.key, None)
        if typed is not None and units is None:
            self.quantities[now] = typed
        self.unread.pop(line.key, None)
        if line.key in self.left_out_lines:
            self.left_out_lines.remove(line.key)
            self.left_out_lines.add(now)

    def join(self, line: Line) -> None:
        """Give a part back to its line; of the line itself, all its parts."""
        key = whole_key(line)
        gone = line.split[1:] if line.key == key else [x for x in line.split if x.key == line.key]
        back = sum(self.quantities.get(part.key, part.units) for part in gone)
        if key in self.quantities:
            self.quantities[key] += back
        for part in gone:
            self.forget(part.key)

    # --- edits whose line went away --------------------------------------------------------------

    def settle(self, shown: Iterable[Line], options: BatchOptions, dropped: Iterable[str]) -> None:
        """Remember under which options each edited line was last seen."""
        touched = {*self.quantities, *self.suppliers, *self.left_out_lines, *self._part_keys()}
        for line in shown:
            if line.key in touched:
                self._homes[line.key] = Dropped(line.key, line.sku, options)
        for key in dropped:
            self.unread.pop(key, None)

    def dropped(self, keys: Iterable[str]) -> list[Dropped]:
        """Return the dropped edits that can be restored by going back to earlier options."""
        return [self._homes[key] for key in keys if key in self._homes]

    def forget(self, key: str) -> None:
        """Give up an edit for good."""
        self.quantities.pop(key, None)
        self.suppliers.pop(key, None)
        self.left_out_lines.discard(key)
        self.unread.pop(key, None)
        self._homes.pop(key, None)
        whole = self._part_keys().get(key)
        if whole is not None:
            kept = [x for x in self.splits[whole] if part_key(whole, x.supplier_id) != key]
            self.splits[whole] = tuple(kept)
            if not kept:
                del self.splits[whole]

    def _part_keys(self) -> dict[str, str]:
        """The line of each part, by the part's key."""
        return {
            part_key(key, one.supplier_id): key
            for key, parts in self.splits.items()
            for one in parts
        }


def whole_key(line: Line) -> str:
    """The key of the line that a part is of; of others, their own."""
    return line.split[0].key if line.split else line.key


def most_to_split(line: Line, ordered: int) -> int:
    """How many units of a line or part may go to another supplier: not all, that is no split."""
    return min(line.open, ordered) - (UNIT if line.whole_units else 1)


def most_of_part(line: Line) -> int:
    """How many units a part may be changed to: the line itself keeps something."""
    return line.open + line.split[0].units - (UNIT if line.whole_units else 1)


def read_part(text: str, line: Line, most: int) -> int:
    """The units of a part as typed; ValueError with a sentence that says what is wrong."""
    units = parse_quantity(text, whole=line.whole_units)
    if not units:
        raise ValueError("A part is more than 0.")
    if units > most:
        raise ValueError(f"At most {quantity(most)}. To move all of it, change the supplier.")
    return units


def why_whole(line: Line, ordered: int) -> str:
    """Why a line cannot be split; empty where it can."""
    if most_to_split(line, ordered) > 0:
        return ""
    if line.open <= 0:
        return "The sales need none of it to be ordered: there is nothing to divide."
    return f"Only {quantity(min(line.open, ordered))} of it is ordered for the sales: there is nothing to divide."
