"""A Ray cluster's address is local, auto, or that of a head which takes clients."""

import pytest

from engine.protocol.cluster_address import parse_address


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("local", "local"),
        ("auto", "auto"),
        ("ray://10.0.0.2:10001", "ray://10.0.0.2:10001"),
        ("ray://head", "ray://head:10001"),
        ("ray://[fd00::2]:7000", "ray://[fd00::2]:7000"),
    ],
)
def test_addresses(text: str, means: str) -> None:
    assert str(parse_address(text)) == means


@pytest.mark.parametrize(
    "text",
    ["", "Local", "10.0.0.2:6379", "http://head:10001", "ray://", "ray://head:0", "ray://head:70000",
     "ray://head:10001/x", "ray://me@head", "ray://head:port"],
)  # fmt: skip
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="is neither local, auto nor ray://HOST:PORT"):
        parse_address(text)
