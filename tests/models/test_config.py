"""The workstation's file: what was written comes back, what is damaged does no harm (PR-11)."""

import pytest

from desktop_app.config import ColumnState, ScannerTiming, Workstation, load


def test_everything_comes_back(tmp_path):
    file = tmp_path / "deep" / "w.toml"
    made = load(file)
    made.scheme, made.text_percent, made.rail = "dark", 125, True
    made.geometry = [10, 20, 1366, 768]
    made.folders["export"] = "C:\\Users\\Zoë"
    made.sizes["batch"] = [1240, 800]
    made.printers["goods_in"] = "Dock, 2nd floor"
    made.layout("sales").widths["customer"] = 21.5
    made.layout("sales").hidden.append("channel")
    made.scanner.ends_by_pause = True
    assert made.save()
    assert load(file) == made
    assert [one.name for one in file.parent.iterdir()] == ["w.toml"]


def test_a_missing_file_gives_defaults(tmp_path):
    assert load(tmp_path / "none.toml") == Workstation()


@pytest.mark.parametrize("content", [b"", b"scheme = ", b"\xff\xfe\x00", b"scheme = 3\n"])
def test_damaged_content_gives_defaults(tmp_path, content):
    file = tmp_path / "w.toml"
    file.write_bytes(content)
    assert load(file) == Workstation()
    assert load(file).save()


def test_wrong_types_are_left_out_one_by_one(tmp_path):
    file = tmp_path / "w.toml"
    file.write_text(
        'scheme = "dark"\ntext_percent = "big"\ngeometry = ["a"]\nrail = 1\nunknown = 4\n'
        "[folders]\nexport = 3\n[columns]\nbad = 4\n[columns.sales]\nwidths = {order = 9}\n"
        "hidden = [4]\n[scanner]\ngap_ms = 20\n",
        encoding="utf-8",
    )
    made = load(file)
    assert (made.scheme, made.text_percent, made.geometry, made.rail) == ("dark", 100, [], False)
    assert made.folders == {}
    assert made.columns == {"sales": ColumnState(widths={"order": 9})}
    assert made.scanner == ScannerTiming(gap_ms=20.0)


def test_a_disk_that_refuses_is_told(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("x")
    made = Workstation(path=blocked / "w.toml")
    assert made.save() is False
