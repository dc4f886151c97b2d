"""docs/examples is what abreast makes of its demo session, and names no machine."""

import re
import tomllib
from html import unescape
from pathlib import Path

import pytest

import presets
from engine.answers.result_sentence import summary
from engine.plan.plan import make_plan
from tests import examples, published_examples

FOLDERS = r"(?<![\w.])/(home|root|tmp|usr|work|Users)/"


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
    made = {f"{examples.NAME}{each}" for each in suffixes}
    run = {f"{name}{suffix}" for name in published_examples.EXAMPLES for suffix in (".md", ".html")}
    found = {path.name for path in examples.FOLDER.iterdir()}
    assert made <= found <= made | run


def test_the_example_of_a_published_experiment_is_the_experiment() -> None:
    """Nothing but the changes that it says is different from the preset."""
    for name, example in published_examples.EXAMPLES.items():
        plan = presets.load(name)
        text = published_examples.changed(presets.text_of(name), example.changes)
        made = make_plan(tomllib.loads(text), where=name)
        assert made == plan.changed(**example.changes).model_copy(update={"preset": "", "sweep": made.sweep})
        assert made.origin is None


def test_a_trial_does_not_go_where_examples_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["tests.examples", "published", "io-intensive", "--hold", "1"])
    with pytest.raises(SystemExit):
        examples.main()
    assert "a trial is no example" in capsys.readouterr().err


@pytest.mark.timeout(240)
def test_a_trial_of_a_published_experiment_writes_its_reports(tmp_path: Path) -> None:
    """A real run of six targets, one after another."""
    trial = published_examples.trial_changes(3.0, [5])
    published_examples.make("crud-concurrency", tmp_path, trial)
    page = (tmp_path / "crud-concurrency.html").read_text(encoding="utf-8")
    text = (tmp_path / "crud-concurrency.md").read_text(encoding="utf-8")
    for each in (page, text):
        assert "not decidable, because" in each
        assert "abreast run crud-concurrency.toml --headless" in each
        assert not re.search(FOLDERS, each)
    assert "| Processor |" in text


@pytest.mark.parametrize("path", sorted(examples.FOLDER.iterdir()), ids=lambda path: path.name)
def test_no_example_names_a_folder_of_a_machine(path: Path) -> None:
    assert not re.search(FOLDERS, path.read_text(encoding="utf-8"))
