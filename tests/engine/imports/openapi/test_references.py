"""References are followed within the document only, and never round in circles."""

import pytest

from engine.imports.openapi.references import References, UnresolvedError, reference_of

DOCUMENT = {
    "components": {
        "schemas": {
            "A": {"$ref": "#/components/schemas/B"},
            "B": {"type": "string"},
            "Round": {"$ref": "#/components/schemas/Trip"},
            "Trip": {"$ref": "#/components/schemas/Round"},
            "a/b~c d": {"type": "null"},
        }
    },
    "list": [{"x": 1}],
}


def test_references_lead_to_what_they_name() -> None:
    references = References(DOCUMENT)
    found, chain = references.followed({"$ref": "#/components/schemas/A"})
    assert found == {"type": "string"}
    assert chain == ("#/components/schemas/A", "#/components/schemas/B")
    assert references.resolve({"$ref": "#/components/schemas/a~1b~0c%20d"}) == {"type": "null"}
    assert references.resolve({"$ref": "#/list/0"}) == {"x": 1}
    assert references.resolve({"$ref": "#"}) is DOCUMENT
    assert references.table([1]) == {}
    assert reference_of({"$ref": 5}) is None


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("#/components/schemas/Round", "refers back to itself"),
        ("#/components/schemas/None", "is not in the document"),
        ("#/list/7", "is not in the document"),
        ("#/list/x", "is not in the document"),
        ("other.yaml#/A", "another document, which is not fetched"),
        ("https://example.com/a.json", "another document, which is not fetched"),
        ("file:///etc/passwd", "another document, which is not fetched"),
        ("#anchor", "not a JSON pointer"),
        ("", "not a JSON pointer"),
    ],
)
def test_other_references_are_errors(reference: str, why: str) -> None:
    with pytest.raises(UnresolvedError, match=why):
        References(DOCUMENT).resolve({"$ref": reference})


def test_a_long_chain_is_not_followed_to_its_end() -> None:
    chain = {str(n): {"$ref": f"#/{n + 1}"} for n in range(1000)}
    with pytest.raises(UnresolvedError, match="behind more than"):
        References(chain).resolve({"$ref": "#/0"})
