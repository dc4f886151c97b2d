"""Notes on decisions can be told apart by their number."""

from pathlib import Path

DECISIONS = Path(__file__).parents[1] / "docs" / "decisions"


def test_each_note_has_a_number_of_its_own() -> None:
    numbers = sorted(int(note.name.partition("-")[0]) for note in DECISIONS.glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))
