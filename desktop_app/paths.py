"""Where the program's own files and the user's files are.

`resources/` lies beside the package in the source tree and inside it, as
`_resources`, in an installed wheel and in the frozen program.
"""

from functools import cache
from pathlib import Path

import platformdirs

APP_NAME = "Backroom"

_PACKAGE = Path(__file__).resolve().parent


@cache
def resources() -> Path:
    """The folder of icons, fonts, themes and sample files that ships with the program."""
    for folder in (_PACKAGE / "_resources", _PACKAGE.parent / "resources"):
        if folder.is_dir():
            return folder
    msg = f"The program's resources are missing beside {_PACKAGE}"
    raise FileNotFoundError(msg)


def resource(*parts: str) -> Path:
    """One shipped file; the caller finds out whether it exists."""
    return resources().joinpath(*parts)


def user_data() -> Path:
    """Where the embedded database, drafts and the spool live; made when absent."""
    return platformdirs.user_data_path(APP_NAME, appauthor=False, ensure_exists=True)


def user_config() -> Path:
    """Where this workstation's settings live; made when absent."""
    return platformdirs.user_config_path(APP_NAME, appauthor=False, ensure_exists=True)


def user_logs() -> Path:
    """Where the log files live; made when absent."""
    return platformdirs.user_log_path(APP_NAME, appauthor=False, ensure_exists=True)
