"""What is found out about a node: the code that it would run, and which machine it is."""

import sys
from pathlib import Path

import orjson

import engine
from engine.cluster.node import Node
from engine.cluster.node_facts import PARTS, code_digest, is_this_machine, machine_id, node_facts


def test_facts_are_plain_values() -> None:
    facts = node_facts()
    assert orjson.loads(orjson.dumps(facts)) == facts
    assert facts["python"] == ".".join(map(str, sys.version_info[:3]))
    assert facts["machine_id"] == machine_id()
    assert facts["code"] == code_digest(Path(engine.__file__).parent)
    assert is_this_machine(Node("1f", "box", "10.0.0.2", 1, facts))
    assert not is_this_machine(Node("2e", "far", "10.0.0.3", 1, facts | {"machine_id": "far"}))


def test_the_digest_follows_the_code_that_workers_run(tmp_path: Path) -> None:
    for part in (*PARTS, "export"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "one.py").write_text("ONE = 1\n")
    before = code_digest(tmp_path)
    (tmp_path / "export" / "one.py").write_text("ONE = 2\n")
    assert code_digest(tmp_path) == before, "no load worker imports it"
    (tmp_path / "worker" / "one.py").write_text("ONE = 2\n")
    changed = code_digest(tmp_path)
    assert changed != before
    (tmp_path / "worker" / "one.py").rename(tmp_path / "worker" / "two.py")
    assert code_digest(tmp_path) not in (before, changed)
