"""What was decided about a counted delivery, and the request that follows from it (RCV-06, RCV-08)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from desktop_app.services.receipt_drafts import Draft, DraftLine, rows_of
from desktop_app.services.receiving import ReceiptRequest, ReceiptRow, RowRaise


class Extra(StrEnum):
    """What happens with more than ordered (RCV-06)."""

    SET_ASIDE = "set_aside"
    RAISE = "raise"


class Short(StrEnum):
    """What happens with what did not come (RCV-06)."""

    LEAVE = "leave"
    CLOSE = "close"


@dataclass(slots=True)
class Decisions:
    """Step 4's choices; extras by purchase row."""

    extras: dict[int, Extra] = field(default_factory=dict)
    short: Short = Short.LEAVE
    close_reason: str = ""

    def keep(self, draft: Draft) -> None:
        """Extras that are still there keep what was decided, new ones are set aside."""
        self.extras = {
            line.po_row_id: self.extras.get(line.po_row_id, Extra.SET_ASIDE)
            for line in draft.lines if line.extra
        }  # fmt: skip

    def raises(self, line: DraftLine) -> bool:
        """Whether a line's row is raised so that its extras are received (R5.3)."""
        return bool(line.extra) and self.extras.get(line.po_row_id) is Extra.RAISE

    def units(self, line: DraftLine) -> int:
        """Units of a line that are received."""
        return line.this_time + (line.extra if self.raises(line) else 0)

    def request(self, draft: Draft, allocate: bool | None, reference: str) -> ReceiptRequest:
        """What would be received now."""
        rows: list[ReceiptRow] = []
        raises: list[RowRaise] = []
        aside: list[int] = []
        for line in draft.lines:
            units = self.units(line)
            if self.raises(line):
                raises.append(RowRaise(line.po_row_id, max(line.before + units, line.ordered)))
            elif line.extra:
                aside.append(line.po_row_id)
            rows += [
                replace(row, location_id=row.location_id or line.usual_id)
                for row in rows_of(line, units, draft.quarantine_id)
            ]
        return ReceiptRequest(
            draft.po_id, tuple(rows), allocate, reference, None, tuple(raises), tuple(aside),
            self.short is Short.CLOSE, self.close_reason, draft.id,
        )  # fmt: skip
