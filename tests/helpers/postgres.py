"""A PostgreSQL server of the tests' own: one for the whole run, started when first asked for.

The process that controls the run makes a folder, names it in the environment and clears it away at
the end; whichever worker needs the server first starts it, under a lock. It listens on a socket in
that folder only.
"""

import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

RUN_VARIABLE = "BACKROOM_TEST_RUN"
_PREFIX = "backroom-test-"

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
COMMON = {
    "max_connections": "200",
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "Pacific/Chatham",  # UTC+12:45 or 13:45: whoever forgets UTC is seen
    "deadlock_timeout": "200ms",
    "shared_buffers": "64MB",
    "max_wal_size": "1GB",
    "autovacuum": "off",
    "log_min_messages": "fatal",
}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `folder` holds its socket and its data."""

    folder: Path
    user: str

    def url(self, database: str = "postgres") -> str:
        """An SQLAlchemy address."""
        return f"postgresql+psycopg://{self.user}@/{database}?host={self.folder}"

    def dsn(self, database: str = "postgres") -> str:
        """The same for libpq and psycopg."""
        return f"host={self.folder} user={self.user} dbname={database}"

    def stop(self, *, at_once: bool = True) -> None:
        mode = "immediate" if at_once else "fast"
        _as_owner([_binary("pg_ctl"), "stop", "-w", "-m", mode, "-D", self.folder / "data"])

    def start_again(self) -> None:
        """After `stop`, with the settings it was made with."""
        _pg_ctl_start(self.folder)


def begin_run() -> None:
    """In the controlling process, before any worker is born."""
    _clear_what_died()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_fast_folder()))
    (folder / "pid").write_text(str(os.getpid()))
    folder.chmod(0o755)
    os.environ[RUN_VARIABLE] = str(folder)


def end_run() -> None:
    folder = os.environ.pop(RUN_VARIABLE, None)
    if folder is not None:
        _clear(Path(folder))


def run_folder() -> Path:
    return Path(os.environ[RUN_VARIABLE])


@contextmanager
def locked(name: str) -> Iterator[None]:
    """One of the run's workers at a time."""
    with (run_folder() / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def shared_server() -> Server:
    """The run's server: fast, not durable. Tests that stop or kill a server start their own."""
    folder = run_folder() / "pg"
    with locked("pg"):
        if not (folder / "data" / "postmaster.pid").exists():
            return start_server(folder)
    return Server(folder, _user())


def start_server(folder: Path, *, durable: bool = False) -> Server:
    """A new server in `folder`, which must not exist. The caller stops it and clears the folder."""
    if len(str(folder)) > 80:
        msg = f"a socket's path may not be this long: {folder}"
        raise ValueError(msg)
    folder.mkdir(mode=0o755)
    if os.geteuid() == 0:
        owner = pwd.getpwnam(_unprivileged())
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    _as_owner(
        [
            _binary("initdb"), "-D", folder / "data", "-U", _user(), "-A", "trust", "-E", "UTF8",
            "--locale=C.UTF-8", "--no-sync", "--no-instructions",
        ]
    )  # fmt: skip
    settings = COMMON | ({} if durable else FAST) | {"unix_socket_directories": str(folder)}
    with (folder / "data" / "postgresql.conf").open("a") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
    _pg_ctl_start(folder)
    return Server(folder, _user())


def _pg_ctl_start(folder: Path) -> None:
    _as_owner(
        [_binary("pg_ctl"), "start", "-w", "-t", "60", "-D", folder / "data", "-l", folder / "log"]
    )


def _binary(name: str) -> Path:
    """The newest installed; PostgreSQL missing is a failure, never a reason to skip."""
    versions = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    newest = sorted(versions, key=lambda path: int(path.parts[4].split(".")[0]))
    found = newest[-1] if newest else shutil.which(name)
    if not found:
        msg = f"PostgreSQL's {name} is not installed; ./test installs it"
        raise FileNotFoundError(msg)
    return Path(found)


def _as_owner(command: list[str | Path]) -> None:
    """PostgreSQL refuses to run as root."""
    words = [str(word) for word in command]
    if os.geteuid() == 0:
        words = ["runuser", "-u", _unprivileged(), "--", *words]
    done = subprocess.run(
        words, cwd="/", stdin=subprocess.DEVNULL, capture_output=False, check=False,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    if done.returncode:
        msg = f"{' '.join(words)} failed: {done.stderr.strip()}"
        raise RuntimeError(msg)


def _unprivileged() -> str:
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    msg = "run as root, the tests need a user called postgres or nobody for PostgreSQL"
    raise RuntimeError(msg)


def _user() -> str:
    return "backroom"


def _fast_folder() -> Path:
    """In memory where there is room, for the databases that each test clones."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK):
        space = os.statvfs(memory)
        if space.f_bavail * space.f_frsize > 2_000_000_000:
            return memory
    return Path(tempfile.gettempdir())


def _clear_what_died() -> None:
    """Servers of runs that were killed before they could stop them."""
    for parent in {Path("/dev/shm"), Path(tempfile.gettempdir())}:
        for folder in parent.glob(f"{_PREFIX}*"):
            pid = folder / "pid"
            if folder.stat().st_uid != os.geteuid() or not pid.exists():
                continue
            try:
                os.kill(int(pid.read_text() or "0"), 0)
            except ProcessLookupError:
                _clear(folder)


def _clear(folder: Path) -> None:
    for running in folder.glob("*/data/postmaster.pid"):
        Server(running.parents[1], _user()).stop()
    shutil.rmtree(folder, ignore_errors=True)
