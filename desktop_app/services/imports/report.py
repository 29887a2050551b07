"""What a dry run says: problems by file, row, column and value; counts; totals. No sentences.

``desktop_app.views.import_text`` holds one sentence per code; a test keeps the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .extracting import Source

PROBLEMS_KEPT_MAX = 50_000
"""More are counted, not kept: a wrong column in a long file must not fill the memory."""

VALUE_SHOWN_MAX = 80
"""Characters of an offending cell that a report shows."""


class Code(StrEnum):
    """Every problem a dry run can find; ``params`` in brackets."""

    # The folder and its files
    FOLDER_MISSING = "folder_missing"
    FOLDER_UNREADABLE = "folder_unreadable"  # (reason)
    NOTHING_TO_IMPORT = "nothing_to_import"  # (names)
    FILE_MISSING = "file_missing"
    FILE_UNREADABLE = "file_unreadable"  # (reason)
    FILE_TWICE = "file_twice"  # (other)
    NOT_A_PLAIN_FILE = "not_a_plain_file"  # (what: link | folder | pipe | device)
    FILE_TOO_BIG = "file_too_big"  # (most: bytes)
    FILE_EMPTY = "file_empty"
    DAMAGED_GZIP = "damaged_gzip"
    NOT_CSV = "not_csv"  # (looks_like)
    NOT_UTF8 = "not_utf8"  # (byte)
    ENCODING_UNSUPPORTED = "encoding_unsupported"  # (encoding)
    NUL_CHARACTER = "nul_character"
    TOO_MANY_ROWS = "too_many_rows"  # (most)
    TOO_MANY_CELLS = "too_many_cells"  # (most)
    TOO_MANY_COLUMNS = "too_many_columns"  # (found, most)
    LINE_TOO_LONG = "line_too_long"  # (most)
    TOO_SLOW = "too_slow"  # (seconds)
    # The header
    HEADER_MISSING = "header_missing"  # (expected)
    COLUMN_MISSING = "column_missing"
    COLUMN_TWICE = "column_twice"
    COLUMN_UNKNOWN = "column_unknown"  # (known)
    HEADER_REPEATED = "header_repeated"
    # The shape of a row
    ROW_TOO_SHORT = "row_too_short"  # (found, expected)
    ROW_TOO_LONG = "row_too_long"  # (found, expected)
    QUOTE_OPEN = "quote_open"
    QUOTE_WRONG = "quote_wrong"
    CELL_TOO_LONG = "cell_too_long"  # (most)
    # A value by itself
    VALUE_MISSING = "value_missing"
    TEXT_TOO_LONG = "text_too_long"  # (most)
    CONTROL_CHARACTER = "control_character"  # (character)
    HIDDEN_CHARACTER = "hidden_character"  # (character)
    NOT_A_NUMBER = "not_a_number"
    COMMA_IN_NUMBER = "comma_in_number"
    FOREIGN_DIGITS = "foreign_digits"
    NEGATIVE = "negative"
    TOO_LARGE = "too_large"  # (most)
    TOO_PRECISE = "too_precise"  # (places)
    NOT_WHOLE = "not_whole"
    ZERO = "zero"
    NOT_A_DATE = "not_a_date"  # (form)
    NO_SUCH_DATE = "no_such_date"
    DATE_OUT_OF_RANGE = "date_out_of_range"  # (first, last)
    NOT_ONE_OF = "not_one_of"  # (allowed)
    NOT_MAPPED = "not_mapped"  # (known)
    SCIENTIFIC = "scientific"
    LOOKUP_FAILED = "lookup_failed"  # (lookup: a file)
    LOOKUP_TWICE = "lookup_twice"  # (first)
    # A value among the others
    UNKNOWN_CODE = "unknown_code"  # (kind, near)
    AMBIGUOUS_CODE = "ambiguous_code"  # (kind)
    ID_TWICE = "id_twice"  # (first, same)
    SKU_TAKEN = "sku_taken"
    BARCODE_TAKEN = "barcode_taken"  # (by)
    NUMBER_TAKEN = "number_taken"
    POSITION_TAKEN = "position_taken"  # (first)
    TWO_PRIMARY = "two_primary"  # (first)
    TERMS_DISAGREE = "terms_disagree"  # (first)
    NO_ROWS = "no_rows"
    NEITHER_PRODUCT_NOR_TEXT = "neither_product_nor_text"
    MORE_THAN_ORDERED = "more_than_ordered"  # (ordered)
    AMOUNT_TOO_LARGE = "amount_too_large"  # (most)
    NOT_STOCKED = "not_stocked"  # (kind)
    BUNDLE = "bundle"
    CANCELLED_BUT_SHIPPED = "cancelled_but_shipped"
    OTHER_OWNER = "other_owner"
    # A value against what is in the program already
    KIND_FIXED = "kind_fixed"  # (kind)
    BELOW_ALLOCATED = "below_allocated"  # (units)
    BELOW_RECEIVED = "below_received"  # (units)
    BELOW_PROMISED = "below_promised"  # (units)
    MOVED_ON = "moved_on"
    STATUS_CANCELS = "status_cancels"
    NOT_OPEN = "not_open"  # (state)
    FIXED = "fixed"  # (now)


class Notice(StrEnum):
    """What a person should know, but which stops nothing."""

    FILE_NOT_USED = "file_not_used"
    CHECK_DIGIT = "check_digit"
    COST_ROUNDED = "cost_rounded"
    NO_PRICE = "no_price"
    BLANK_ROWS = "blank_rows"  # (count)
    LEFT_ALONE = "left_alone"  # (count): rows of known documents that the file does not name


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong, or worth knowing, in one place. ``row`` is the line of the file.

    The header is line 1; None concerns the whole file. ``column`` is named as in the file.
    """

    code: Code | Notice
    file: str = ""
    row: int | None = None
    column: str | None = None
    value: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tally:
    """What importing would do, or did, to one kind of record."""

    new: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file as it was understood; shown, so that nothing is guessed silently."""

    name: str
    feeds: tuple[str, ...]
    rows: int
    size: int
    encoding: str
    delimiter: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the files, to be compared with what the person knows (ten-thousandths; minor units).

    ``sold`` and ``bought`` are net amounts by currency.
    """

    units_sold: int = 0
    units_shipped: int = 0
    units_bought: int = 0
    units_received: int = 0
    units_in_stock: int = 0
    rows_waiting: int = 0
    sold: Mapping[str, int] = field(default_factory=dict)
    bought: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """A dry run. ``ok``: it can be imported; ``tallies`` by template name, in order of writing."""

    folder: str
    mapping: str
    files: tuple[FileRead, ...]
    problems: tuple[Problem, ...]
    problem_count: int
    notices: tuple[Problem, ...]
    tallies: Mapping[str, Tally]
    totals: Totals
    digest: str
    source: Source = field(repr=False, compare=False)

    @property
    def ok(self) -> bool:
        """Nothing is wrong and there is something to write."""
        return self.problem_count == 0

    @property
    def changes(self) -> int:
        """Records that would be made or altered."""
        return sum(t.new + t.updated for t in self.tallies.values())

    def as_request(self) -> dict[str, Any]:
        """Return what the journal keeps of it: the digest stands for the files."""
        return {
            "mapping": self.mapping,
            "digest": self.digest,
            "files": [one.name for one in self.files],
            "tallies": {name: [t.new, t.updated] for name, t in self.tallies.items()},
        }


class Problems:
    """Collects problems and notices; keeps the first ``PROBLEMS_KEPT_MAX`` and counts all."""

    def __init__(self) -> None:
        self.kept: list[Problem] = []
        self.notices: list[Problem] = []
        self.count = 0

    def add(
        self,
        code: Code,
        file: str = "",
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
        **params: Any,
    ) -> None:
        """Note a problem."""
        self.count += 1
        if len(self.kept) < PROBLEMS_KEPT_MAX:
            self.kept.append(Problem(code, file, row, column, shown(value), params))

    def notice(
        self,
        code: Notice,
        file: str = "",
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
        **params: Any,
    ) -> None:
        """Note something that stops nothing."""
        if len(self.notices) < PROBLEMS_KEPT_MAX:
            self.notices.append(Problem(code, file, row, column, shown(value), params))

    def copy(self) -> Problems:
        """Return an independent copy: each comparison adds to what reading found."""
        made = Problems()
        made.kept, made.notices, made.count = self.kept[:], self.notices[:], self.count
        return made


def shown(value: str | None) -> str | None:
    """Return a cell as a report may show it: short, control and hidden characters spelt out."""
    if value is None:
        return None
    cut = value if len(value) <= VALUE_SHOWN_MAX else value[: VALUE_SHOWN_MAX - 1] + "…"
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut)
