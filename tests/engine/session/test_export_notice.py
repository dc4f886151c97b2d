"""The notice after an export."""

from pathlib import Path

from engine.plan.commands import Notice
from engine.session.export_notice import export_notice


def test_one_file_is_named_by_its_path() -> None:
    assert export_notice([Path("/a/b.json")], is_running=True) == Notice(
        "information", "exported", "to /a/b.json; the run continues", copied="/a/b.json"
    )


def test_several_are_named_with_their_folder() -> None:
    notice = export_notice([Path("/a b/c.json"), Path("/a b/c-seconds.csv"), Path("/a b/c-levels.csv")])
    assert notice.text == "to c.json, c-seconds.csv and c-levels.csv in /a b"
    assert notice.copied == "'/a b/c.json' '/a b/c-seconds.csv' '/a b/c-levels.csv'"
