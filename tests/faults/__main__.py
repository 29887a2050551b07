"""So many kills on each engine: `python -m tests.faults 200 [sqlite] [postgres] [--seed N]`.

`python -m tests.faults 20 server` stops the PostgreSQL server instead of the program.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.killing import Report, kills
from tests.faults.stopping import durable_server, stops
from tests.helpers import postgres
from tests.helpers.databases import ENGINES, clone

LIFE_S_MAX = 1.0


def main() -> int:
    given = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    given.add_argument("kills", type=int)
    given.add_argument("engines", nargs="*", metavar="ENGINE", help="sqlite, postgres, server")
    given.add_argument("--seed", type=int, default=random.randrange(2**31))
    asked = given.parse_args()
    postgres.begin_run()
    try:
        for engine in asked.engines or ENGINES:
            began = time.monotonic()
            print(one_engine(engine, asked.kills, asked.seed), f"{time.monotonic() - began:.0f} s in all.", flush=True)
    finally:
        postgres.end_run()
    return 0


def one_engine(engine: str, number: int, seed: int) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        if engine == "server":
            with durable_server() as (server, address):
                report = stops(server, address, Path(folder), number, seed)
        else:
            made = clone(engine)
            try:
                report = kills(engine, made.address, Path(folder), number, seed, LIFE_S_MAX)
            finally:
                made.remove()
    if report.inside * 2 < report.faults:
        sys.exit(f"{report}\nToo few were between begin and commit.")
    return report


if __name__ == "__main__":
    sys.exit(main())
