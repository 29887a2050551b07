"""What a person has changed in a batch preview; outlives every change of options (BPO-11)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from desktop_app.models.formats import parse_quantity, quantity
from desktop_app.services.batch_preview import Group, Line
from desktop_app.services.rules.purchase_plan import BatchOptions, Edits, SupplierChoice


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
        )

    def __bool__(self) -> bool:
        return self.count() > 0

    def count(self) -> int:
        """How many things would be lost if the dialog were left now."""
        parts = (
            self.quantities, self.suppliers, self.left_out_lines, self.left_out_groups,
            self.product_suppliers, self.addresses, self.unread,
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

    # --- edits whose line went away --------------------------------------------------------------

    def settle(self, shown: Iterable[Line], options: BatchOptions, dropped: Iterable[str]) -> None:
        """Remember under which options each edited line was last seen."""
        touched = {*self.quantities, *self.suppliers, *self.left_out_lines}
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
