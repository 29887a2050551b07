"""What is built from the tree holds all that the program reads at run time."""

import os
import subprocess
import sys
import zipfile

import pytest

from tests.helpers.sources import PACKAGE, ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT, check=True, capture_output=True, timeout=100,
    )  # fmt: skip
    (made,) = folder.glob("*.whl")
    return made


def test_the_wheel_holds_resources_and_migrations(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, inside in [
        (ROOT / "resources", "desktop_app/_resources"),
        (PACKAGE / "services/store/migrations", "desktop_app/services/store/migrations"),
    ]:
        wanted = {
            f"{inside}/{path.relative_to(folder).as_posix()}"
            for path in folder.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert wanted
        assert wanted <= names, wanted - names


def test_the_wheel_gives_the_command(wheel):
    with zipfile.ZipFile(wheel) as files:
        (name,) = [n for n in files.namelist() if n.endswith("entry_points.txt")]
        assert "backroom = desktop_app.__main__:main" in files.read(name).decode()


def test_an_installed_program_finds_its_resources(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as files:
        files.extractall(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", "from desktop_app.paths import resources; print(resources())"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == str(tmp_path / "desktop_app" / "_resources")


@pytest.mark.parametrize(
    "script", ["run", "test", ".ci/run", "scripts/build", "scripts/lock", "scripts/setup.sh"]
)
def test_scripts_are_plain_shell(script):
    path = ROOT / script
    subprocess.run(["sh", "-n", path], check=True)
    assert "[[" not in path.read_text()
    assert script.endswith(".sh") or os.access(path, os.X_OK)
