"""``backroom import``: check or import a folder of CSV files from a terminal.

Exit code 0: imported, or nothing wrong in a dry run. 1: problems were found, nothing written.
2: it could not be tried (no such folder, database in use, no right).
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from desktop_app.services import opening
from desktop_app.services.backend import Backend
from desktop_app.services.errors import ServiceError
from desktop_app.services.imports import import_documents, plan_import
from desktop_app.services.imports.mapping import ColumnMapping, named, shipped
from desktop_app.services.imports.report import ImportPlan, Problem
from desktop_app.services.imports.templates import write_templates
from desktop_app.services.rules.money import plain
from desktop_app.views.import_text import KIND_WORDS, place_of, problem_sentence
from desktop_app.views.messages import sentence

SHOWN_MAX = 20
"""Problems said in the terminal; ``--report`` writes all of them."""


def main(args: Sequence[str]) -> int:
    """Run the command line ``args`` (without the program's name); returns the exit code."""
    given = _parser().parse_args(list(args))
    if given.templates is not None:
        made = write_templates(given.templates)
        print(f"{len(made)} templates written to {given.templates}")
        return 0
    if given.folder is None:
        print("Name the folder to import, or --templates DIR for empty files.", file=sys.stderr)
        return 2
    try:
        mapping = named(given.mapping)
        store = _store(given, mapping)
    except ServiceError as error:
        print(sentence(error), file=sys.stderr)
        return 2
    try:
        return _import(Backend.sign_in(store, given.login), given, mapping)
    except ServiceError as error:
        print(sentence(error), file=sys.stderr)
        return 2
    finally:
        store.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="backroom import", description="Check or import a folder of CSV files."
    )
    parser.add_argument("folder", type=Path, nargs="?", help="folder with the files")
    parser.add_argument(
        "--mapping",
        help=f"how foreign files are read: {', '.join(shipped())}, or a TOML file of your own",
    )
    parser.add_argument("--database", required=True, help="file or PostgreSQL address")
    parser.add_argument("--login", default="manager", help="who imports (default: manager)")
    parser.add_argument(
        "--new", metavar="NAME", help="make a new company of this name in the database first"
    )
    parser.add_argument("--currency", help="base currency of the new company")
    parser.add_argument("--dry-run", action="store_true", help="check only, write nothing")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write all problems as CSV")
    parser.add_argument(
        "--templates", type=Path, metavar="DIR", help="write Backroom’s own templates to DIR"
    )
    return parser


def _store(given: argparse.Namespace, mapping: ColumnMapping) -> opening.Store:
    if given.new is None:
        return opening.open_store(given.database)
    currency = given.currency or mapping.currency or "GBP"
    wanted = opening.NewCompany(
        given.new, currency, (("MAIN", "Main warehouse"),), opening.Start.IMPORT
    )
    return opening.make(given.database, wanted)


def _import(backend: Backend, given: argparse.Namespace, mapping: ColumnMapping) -> int:
    plan = plan_import(backend, given.folder, mapping)
    _say(plan)
    if given.report is not None:
        write_report(given.report, plan)
        print(f"Report: {given.report}")
    if not plan.ok:
        print("Nothing was imported.")
        return 1
    if given.dry_run:
        print("Dry run: nothing was written.")
        return 0
    done = backend.run(import_documents(plan), once=str(uuid4()))
    new = sum(counts[0] for counts in done.result["tallies"].values())
    updated = sum(counts[1] for counts in done.result["tallies"].values())
    print(f"Imported: {new:,} new records, {updated:,} changed.")
    return 0


def _say(plan: ImportPlan) -> None:
    for file in plan.files:
        between = {",": "comma", ";": "semicolon", "\t": "tab"}.get(file.delimiter, file.delimiter)
        print(f"{file.name}: {file.rows:,} rows, {file.encoding}, {between}")
    for kind, tally in plan.tallies.items():
        if tally.new or tally.updated or tally.unchanged:
            print(
                f"{KIND_WORDS[kind]}: {tally.new:,} new, {tally.updated:,} changed,"
                f" {tally.unchanged:,} unchanged"
            )
    totals = plan.totals
    print(
        f"Units sold {plain(totals.units_sold)}, shipped {plain(totals.units_shipped)},"
        f" rows waiting {totals.rows_waiting:,}; bought {plain(totals.units_bought)},"
        f" received {plain(totals.units_received)}; in stock {plain(totals.units_in_stock)}"
    )
    _list("problems", plan.problems, plan.problem_count)
    _list("worth knowing", plan.notices, len(plan.notices))


def _list(what: str, found: Sequence[Problem], number: int) -> None:
    if number:
        print(f"{number:,} {what}:")
    for problem in found[:SHOWN_MAX]:
        print(f"  {place_of(problem)}: {problem_sentence(problem)}")
    if number > SHOWN_MAX:
        print(f"  and {number - SHOWN_MAX:,} more")


def write_report(path: Path, plan: ImportPlan) -> None:
    """Write every problem and notice as CSV; text that a spreadsheet would run is guarded."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        lines = csv.writer(file, quoting=csv.QUOTE_ALL)
        lines.writerow(["file", "line", "column", "value", "code", "what is wrong"])
        for problem in (*plan.problems, *plan.notices):
            lines.writerow([
                _guarded(problem.file), problem.row or "", _guarded(problem.column or ""),
                _guarded(problem.value or ""), problem.code.value, problem_sentence(problem),
            ])  # fmt: skip


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.lstrip()[:1] in {"=", "+", "-", "@"} else cell
