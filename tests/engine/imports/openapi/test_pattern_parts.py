"""What is not understood of an expression is an error, and reading one takes no time."""

import pytest

from engine.imports.openapi.pattern_parts import MAX_PATTERN, UnreadableError, parts_of


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(?=a)b", "looks ahead"),
        ("(?!a)b", "looks ahead"),
        ("(?<=a)b", "looks ahead or behind"),
        ("(?<!a)b", "looks ahead or behind"),
        (r"(a)\1", "which abreast does not support"),
        (r"\bword\b", "which abreast does not support"),
        ("a)", "too many"),
        ("(a", r"without its \)"),
        ("[a", "ends too early"),
        ("[]", "empty set"),
        ("[z-a]", "range z-a"),
        ("+a", "repeats nothing"),
        ("a{5,2}", "repeats a part"),
        ("a{99999}", "repeats a part"),
        ("\\", "ends too early"),
        (r"\p{Klingon}", "unknown character property"),
        (r"\u12", "invalid character code"),
        (r"[\ud800]", "half of a surrogate pair"),
        ("(" * 200 + ")" * 200, "levels"),
        ("a" * (MAX_PATTERN + 1), "more than"),
    ],
)
def test_what_is_not_understood(pattern: str, why: str) -> None:
    with pytest.raises(UnreadableError, match=why):
        parts_of(pattern)
