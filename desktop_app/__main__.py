"""The command line: open the program, or do one job without a window.

Heavy parts are imported where they are used: the window is to be there in a second.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from desktop_app import __version__
from desktop_app.paths import user_data

FILE_NAME = "company.backroom"


def default_address() -> str:
    """Where the company is kept unless told otherwise: BACKROOM_DATABASE, or the user's folder."""
    return os.environ.get("BACKROOM_DATABASE") or str(user_data() / FILE_NAME)


def parser() -> argparse.ArgumentParser:
    """Return the parser; every job has its own options and help."""
    made = argparse.ArgumentParser(
        prog="backroom",
        description="Waiting sales become purchase orders, arriving goods shipped sales.",
    )
    made.add_argument("--version", action="version", version=f"Backroom {__version__}")
    made.add_argument(
        "--database", metavar="ADDRESS", default=None,
        help="a file, or postgresql://user@host/name (default: BACKROOM_DATABASE, or your own file)",
    )  # fmt: skip
    made.add_argument(
        "--as", dest="login", metavar="LOGIN", default=None, help="work as this person"
    )
    made.add_argument(
        "--check", action="store_true", help="check that this program works, and stop"
    )
    made.add_argument(
        "--tour", metavar="DIR", default=None,
        help="drive the real windows through the main job on the sample company; screenshots to DIR",
    )  # fmt: skip
    jobs = made.add_subparsers(dest="job", metavar="JOB")
    # With no prefix of their own, these hand every word on, options too.
    take = jobs.add_parser(
        "import", help="check or import a folder of CSV files", add_help=False, prefix_chars="\0"
    )
    take.add_argument("rest", nargs=argparse.REMAINDER)
    intake = jobs.add_parser(
        "intake", help="take in what shops and tills send", add_help=False, prefix_chars="\0"
    )
    intake.add_argument("rest", nargs=argparse.REMAINDER)
    fill = jobs.add_parser("sample", help="make the sample company in a new database")
    fill.add_argument("address", help="a new file, or an empty server database")
    fill.add_argument(
        "--sales", type=int, metavar="N",
        help="a large company with so many sales instead, to measure with (200000 takes minutes)",
    )  # fmt: skip
    jobs.add_parser(
        "doctor", help="check the books: exit code 0 clean, 1 findings, 2 could not run"
    )
    story = jobs.add_parser(
        "story",
        help="put real data through the main job and compare",
        add_help=False,
        prefix_chars="\0",
    )
    story.add_argument("rest", nargs=argparse.REMAINDER)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one job, or open the window; returns the exit code."""
    given = parser().parse_args(arguments)
    address = given.database or default_address()
    if given.check:
        from desktop_app.self_check import run_check

        return run_check()
    if given.tour is not None:
        from desktop_app.tour import run_tour

        return run_tour(Path(given.tour))
    if given.job == "import":
        from desktop_app import import_command

        return import_command.main(["--database", address, *given.rest])
    if given.job == "intake":
        from desktop_app import intake_command

        return intake_command.main(["--database", address, *given.rest])
    if given.job == "story":
        from desktop_app import story_command

        return story_command.main(given.rest)
    if given.job == "sample":
        return make_sample(given.address, given.sales)
    if given.job == "doctor":
        return run_doctor(address)
    from desktop_app.start import run_window

    return run_window(given.database or os.environ.get("BACKROOM_DATABASE"), given.login)


def make_sample(address: str, sales: int | None = None) -> int:
    """Make the sample company, or a large one with ``sales`` sales; says where it is."""
    from desktop_app.services import opening
    from desktop_app.services.errors import ServiceError
    from desktop_app.views.messages import sentence

    try:
        opening.make(address, opening.NewCompany(), sales=sales).close()
    except ServiceError as error:
        print(sentence(error), file=sys.stderr)
        return 2
    print(f"The sample company is in {address}")
    return 0


def run_doctor(address: str) -> int:
    """Check the invariants of the books; exit codes of reliability 3.10."""
    from desktop_app.services import doctor, opening
    from desktop_app.services.errors import ServiceError
    from desktop_app.views.messages import sentence

    try:
        store = opening.open_store(address)
    except ServiceError as error:
        print(sentence(error), file=sys.stderr)
        return 2
    try:
        with store.reading() as db:
            found = doctor.check(db)
    finally:
        store.close()
    for finding in found:
        print(f"{finding.code}: not so: {finding.says}: {finding.rows}")
    print("The books are right." if not found else f"{len(found)} findings. Nothing was changed.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
