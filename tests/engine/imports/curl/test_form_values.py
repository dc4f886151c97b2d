"""Values of fields are read as curl reads them; test_commands.py asks curl itself."""

import pytest

from engine.imports.curl.form_values import FormValue, form_value


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("", FormValue("")),
        (" x y ", FormValue("x y")),
        ("x;y=z", FormValue("x")),
        ('"x;\\"y\\n"', FormValue('x;"y\\n')),
        ('"<x"', FormValue("<x")),
        ('"open', FormValue('"open')),
        ("{};type=application/json", FormValue("{}", "", "application/json")),
        ("x;type=text/plain;charset=utf-8", FormValue("x", "", "text/plain;charset=utf-8")),
        ("x;type=text/plain;filename=f;a=b", FormValue("x", "", "text/plain", ("filename",))),
        ('@"a;b.png";type=image/png', FormValue("a;b.png", "@", "image/png")),
        ("<file", FormValue("file", "<")),
        ('x;headers="X: 1"', FormValue("x", left_out=("headers",))),
    ],
)
def test_values(written: str, value: FormValue) -> None:
    assert form_value(written) == value
