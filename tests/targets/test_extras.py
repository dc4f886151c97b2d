"""The extras that the doctor lists are those of pyproject.toml, with their packages."""

import re
import tomllib
from pathlib import Path

from targets.extras import extras

NOT_FOR_USERS = {"all", "test", "bench", "build"}


def declared() -> dict[str, set[str]]:
    """Extra → its distributions, in lower case."""
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    return {
        name: {re.split(r"[\[<>=;]", each)[0].lower().replace("_", "-") for each in requirements}
        for name, requirements in project["optional-dependencies"].items()
        if name not in NOT_FOR_USERS
    }


def test_every_extra_is_listed_with_its_packages() -> None:
    listed = {each.name: {name.lower().replace("_", "-") for name in each.packages} for each in extras()}
    assert listed == declared()


def test_each_is_listed_once_and_says_what_it_is_for() -> None:
    purposes = {each.name: each.purpose for each in extras()}
    assert len(purposes) == len(extras())
    assert purposes["granian"] == "server=granian"
    assert purposes["django-ninja"] == "targets django-ninja and django-ninja-asgi"
    assert purposes["flask"] == "target flask"
    assert purposes["mysql"] == "database=mysql"
