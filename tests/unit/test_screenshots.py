"""The pictures: said loudly where there is no browser, and kept small."""

from pathlib import Path

import pytest

from tests.browser import screenshots


def test_without_a_browser_it_is_said_loudly_and_no_picture_is_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(screenshots, "CHROMIUM", None)
    assert screenshots.main([str(tmp_path / "images")]) == 1
    assert "NO BROWSER: no picture was taken." in capsys.readouterr().err
    assert not (tmp_path / "images").exists()


def test_what_is_no_folder_gets_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert screenshots.main(["--help"]) == 2
    assert "Usage: python -m tests.browser.screenshots [FOLDER]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("sizes", "code"),
    [([1_000, 250_000], 0), ([250_001], 1), ([240_000] * 5, 0), ([240_001] * 5, 1)],
)
def test_pictures_that_are_too_large_are_named(tmp_path: Path, sizes: list[int], code: int) -> None:
    taken = [tmp_path / f"{number}.png" for number in range(len(sizes))]
    for path, size in zip(taken, sizes, strict=True):
        path.write_bytes(bytes(size))
    assert screenshots.judged(taken) == code
