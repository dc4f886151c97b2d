"""docs/examples is what abreast makes of its demo session, and names no machine."""

import re
from html import unescape
from pathlib import Path

import pytest

from engine.answers.result_sentence import summary
from tests import examples


def test_the_examples_are_up_to_date(tmp_path: Path) -> None:
    found = examples.session(tmp_path)
    examples.write(tmp_path, (file for file in examples.example_files(found) if file.suffix == ".md"))
    made = (tmp_path / f"{examples.NAME}.md").read_text(encoding="utf-8")
    kept = (examples.FOLDER / f"{examples.NAME}.md").read_text(encoding="utf-8")
    assert made == kept, "run: make examples"
    for suffix in (".html", "-scoreboard.svg"):
        text = (examples.FOLDER / f"{examples.NAME}{suffix}").read_text(encoding="utf-8")
        assert summary(found.result) in unescape(text)


def test_every_example_is_linked_or_made() -> None:
    suffixes = {".md", ".html", "-screen.svg", *examples.PICTURES}
    assert {path.name for path in examples.FOLDER.iterdir()} == {
        f"{examples.NAME}{each}" for each in suffixes
    }


@pytest.mark.parametrize("path", sorted(examples.FOLDER.iterdir()), ids=lambda path: path.name)
def test_no_example_names_a_folder_of_a_machine(path: Path) -> None:
    assert not re.search(r"(?<![\w.])/(home|root|tmp|usr|work|Users)/", path.read_text(encoding="utf-8"))
