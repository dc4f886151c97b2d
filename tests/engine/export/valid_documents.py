"""Documents of sessions, each checked against the schema: what tests of the session JSON share."""

from typing import Any

import jsonschema
import orjson

from engine.export.document import document, folded
from engine.export.session_json import schema
from engine.metrics.records import Record

VALIDATOR = jsonschema.Draft202012Validator(schema(), format_checker=jsonschema.FormatChecker())


def valid(made: dict[str, Any]) -> dict[str, Any]:
    """The document as it stands in a file, which the schema describes and whose columns are of one length."""
    read: dict[str, Any] = orjson.loads(orjson.dumps(made))
    VALIDATOR.validate(read)
    for target in read["targets"]:
        columns = [each for name, each in target["buckets"].items() if name != "errors"]
        columns += target["buckets"]["errors"].values()
        assert {len(column) for column in columns} == {len(target["buckets"]["t_s"])}
    return read


def of(*records: Record, outcome: str = "interrupted") -> dict[str, Any]:
    return valid(document(folded(records), outcome=outcome))
