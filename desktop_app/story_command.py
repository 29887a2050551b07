"""``backroom story``: put real data through the main job and compare with what its files say.

Exit code 0: everything was as computed from the files. 1: something was not. 2: it could not run.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from desktop_app.services import opening
from desktop_app.services.backend import Backend
from desktop_app.services.errors import ServiceError
from desktop_app.views.messages import sentence


def main(args: Sequence[str]) -> int:
    """Run the command line ``args`` (without the program's name); returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="backroom story",
        description="Import real data, batch order, receive, and compare unit by unit.",
    )
    parser.add_argument("name", choices=["wwi"], help="wwi: Wide World Importers")
    parser.add_argument("--data", type=Path, required=True, help="folder with its CSV files")
    parser.add_argument(
        "--database",
        help="a new file or an empty PostgreSQL database (default: one that is thrown away)",
    )
    given = parser.parse_args(list(args))
    try:
        if given.database is not None:
            return _tell(given.database, given.data)
        with tempfile.TemporaryDirectory(prefix="backroom-story-") as folder:
            return _tell(str(Path(folder) / "story.db"), given.data)
    except ServiceError as error:
        print(sentence(error), file=sys.stderr)
    except (OSError, KeyError, ValueError) as error:
        print(f"{given.data} does not hold the files of this story: {error}", file=sys.stderr)
    return 2


def _tell(address: str, data: Path) -> int:
    from desktop_app.stories import wwi

    if not data.is_dir():
        raise FileNotFoundError(data)
    company = opening.NewCompany(
        "Wide World Importers", "USD", (("MAIN", "Main warehouse"),), opening.Start.IMPORT
    )
    store = opening.make(address, company)
    try:
        story = wwi.run(Backend.sign_in(store, "manager"), data, print)
    finally:
        store.close()
    wrong = [check for check in story.checks if not check.ok]
    print(f"{len(story.checks)} comparisons, {len(wrong)} not as computed from the files.")
    return 1 if wrong else 0
