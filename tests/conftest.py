"""What every test gets: a database of its own, and a check that nothing unexpected was said."""

import logging
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.helpers import postgres, statements

if "DISPLAY" not in os.environ:
    # Plain `pytest` works as ./test does; Qt aborts the process when it finds no screen.
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

pytest_plugins = [
    "tests.helpers.compiled",
    "tests.helpers.databases",
    "tests.helpers.windows",
    "tests.helpers.program",
]

hypothesis.settings.register_profile(
    "backroom", deadline=None, max_examples=100, database=None, print_blob=True
)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "backroom"))

THREADS_GONE_S = 5.0


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        postgres.begin_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        postgres.end_run()


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(autouse=True)
def _nothing_unexpected_in_the_log(request: pytest.FixtureRequest) -> Iterator[None]:
    """WARNING and above fail a test that is not marked `expects_log`."""
    kept = _Kept()
    logging.getLogger().addHandler(kept)
    yield
    logging.getLogger().removeHandler(kept)
    if request.node.get_closest_marker("expects_log") is None:
        said = [f"{r.name} {r.levelname}: {r.getMessage()}" for r in kept.records]
        assert not said, "unexpected in the log:\n" + "\n".join(said)


@pytest.fixture(autouse=True)
def _no_thread_left_behind() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    until = time.monotonic() + THREADS_GONE_S
    while left := [t for t in threading.enumerate() if t not in before and not t.daemon]:
        if time.monotonic() > until:
            pytest.fail(f"threads left behind: {', '.join(t.name for t in left)}", pytrace=False)
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the folders of the person who runs it."""
    home = tmp_path_factory.mktemp("home", numbered=True)
    monkeypatch.setenv("HOME", str(home))
    for name in ("DATA", "CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    monkeypatch.delenv("BACKROOM_DATABASE", raising=False)


@pytest.fixture
def statements_sent() -> Iterator[statements.Statements]:
    """The SQL statements this process sends, see `tests.helpers.statements`."""
    with statements.recorded() as found:
        yield found


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of cases and real data beside the project; skips where it is absent."""
    folder = Path(__file__).resolve().parents[1] / "../shared"
    if not folder.is_dir():
        pytest.skip("the cases and data are not beside the project")
    return folder.resolve()
