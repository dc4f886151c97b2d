"""README and docs/: links, paths, commands and plans in them are real, and pages stay short."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest

import presets
from engine.plan.faults import KINDS
from targets import catalog, contract
from tests.benchmarks.sections import SECTIONS
from tui.cli.arguments import parse_arguments, parser
from tui.cli.import_command import plan_of_curl

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
LINES_AT_MOST = 250
REFERENCES = [DOCS / "session-json.md"]
"""Pages to look things up in, of which a test asks that they are complete: they are as long as that takes."""
SOURCES = ("engine", "presets", "targets", "tests", "tui")
PLACEHOLDERS = {"plan.toml": "presets/hello.toml"}
"""What a page calls the reader's own → a file that is here."""


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


pages = pytest.mark.parametrize("page", PAGES, ids=name_of)


def commands_in(text: str) -> list[str]:
    """All `abreast …` in code, one per line of a block, without comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    code = [*(line for block in blocks for line in block.splitlines()), *re.findall(r"`([^`\n]+)`", prose)]
    return [line.partition("  #")[0].strip() for line in code if re.match(r"abreast( |$)", line)]


def plans_in(text: str) -> list[str]:
    return re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def anchors_of(page: Path) -> set[str]:
    """What links may name of a page: its headings, as Git hosts write them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    plain = [
        re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", each) for each in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    ]
    return {re.sub(r"[^\w\- ]", "", each.lower()).strip().replace(" ", "-") for each in plain}


@pages
def test_a_page_is_short(page: Path) -> None:
    assert page in REFERENCES or len(page.read_text(encoding="utf-8").splitlines()) <= LINES_AT_MOST


@pages
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    local = [link.partition("#") for link in links if "://" not in link]
    pages = [(page.parent / path if path else page, anchor) for path, _, anchor in local]
    assert [path for path, _ in pages if not path.exists()] == []
    assert [(path.name, anchor) for path, anchor in pages if anchor and anchor not in anchors_of(path)] == []


@pages
def test_its_commands_are_understood(page: Path) -> None:
    for command in commands_in(page.read_text(encoding="utf-8")):
        words = [PLACEHOLDERS.get(word, word) for word in shlex.split(command)[1:]]
        if "--help" in words or any(word.isupper() for word in words):  # a form, such as NAME
            continue
        arguments = parse_arguments(words)
        if words and words[0] == "run":
            plan = plan_of_curl(arguments.curl) if arguments.curl else presets.load(arguments.plan)
            plan.changed(targets=tuple(arguments.targets.split(",")) if arguments.targets else None)
            assert arguments.schedule != "turns" or arguments.think_time == "none", "its goodput is bounded"


@pages
def test_what_it_says_of_make_and_of_benchmarks_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    code = [*re.findall(r"`([^`\n]+)`", text), *re.findall(r"^    (.*)$", text, re.MULTILINE)]
    made = {
        word
        for line in code
        if (found := re.search(r"\bmake ([a-z].*)", line))
        for word in found[1].split()[:1]
    }
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert made <= set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    measured = {
        word
        for line in code
        if (found := re.search(r"-m tests\.benchmarks ([^#]*)", line))
        for word in re.findall(r"(?:^| )([a-z][a-z0-9-]*)", found[1])
    }
    assert measured <= set(SECTIONS)


def test_the_speed_in_the_readme_is_that_of_the_last_measurement() -> None:
    def cells(text: str) -> list[list[str]]:
        return [
            [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if "|" in line
        ]

    readme = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Speed of the generator\n")[2]
    results = (ROOT / "tests/benchmarks/RESULTS.md").read_text(encoding="utf-8")
    measured = cells(results.partition("## Throughput, 50 connections\n")[2].partition("\n## ")[0])[2:]
    shown = cells(readme.partition("\n## ")[0])[2:]
    ratio = {row[2]: float(row[5]) for row in measured}

    assert shown[0][1] == measured[0][2]
    assert {row[1] for row in shown} == set(ratio)
    for _, per_s, times in shown:
        assert float(times) == pytest.approx(ratio[per_s], abs=0.05)


@pages
def test_its_plans_are_valid(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", "a-token")
    (tmp_path / "users.csv").write_text("name,pin\nAnn,0007\n")
    for number, text in enumerate(plans_in(page.read_text(encoding="utf-8"))):
        whole = tomllib.loads((ROOT / "presets" / "hello.toml").read_text(encoding="utf-8"))
        given = tomllib.loads(text)
        needed = ("targets",) if "levels" in given else ("targets", "stages")
        missing = [name for name in needed if name not in given]
        rest = "".join(f"{name} = {_written(whole[name])}\n" for name in missing)
        path = tmp_path / f"{number}.toml"
        path.write_text(rest + text, encoding="utf-8")
        (tmp_path / "server").mkdir(exist_ok=True)
        assert presets.load(str(path)).targets


def _written(value: object) -> str:
    """Lists, tables and plain values as TOML."""
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {_written(each)}" for name, each in value.items()) + "}"
    return repr(value)


def test_the_usage_page_lists_every_command_and_key() -> None:
    from tui.commands.live import LIVE

    page = (DOCS / "usage.md").read_text(encoding="utf-8")
    shown = {key.replace("/", "") for key in re.findall(r"`([^`]+)`", page)}
    missing = {each.keys[0] for each in LIVE if each.keys and each.label and not shown & set(each.keys)}
    assert missing <= {"enter", "question_mark", "f1", "escape"}
    (subcommands,) = (action for action in parser()._actions if action.choices and not action.option_strings)
    assert [name for name in subcommands.choices or () if f"`abreast {name}" not in page] == []


def test_the_page_of_sessions_lists_every_key_that_moves_in_time() -> None:
    from tui.commands.watch import WATCH

    page = (DOCS / "sessions.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"`([^`]+)`", page))
    assert [each.id for each in WATCH if each.group == "time" and each.keys and each.shown not in shown] == []


def test_pages_list_every_target_workload_published_comparison_and_fault() -> None:
    page = (DOCS / "targets.md").read_text(encoding="utf-8")
    published = [name for name in presets.names() if presets.load(name).source]
    wanted = [*catalog.TARGETS, *contract.WORKLOADS, *published]
    assert [name for name in wanted if f"`{name}`" not in page] == []
    faults = (DOCS / "faults.md").read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f"`{kind}" not in faults] == []


def test_paths_in_the_architecture_exist() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    paths = [
        path
        for path in re.findall(r"`([\w./-]+)`", text)
        if path.startswith(tuple(f"{each}/" for each in SOURCES))
    ]
    assert len(paths) > 40
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_architecture_knows_every_folder() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    folders = [
        f"{path.parent.relative_to(ROOT)}/"
        for each in ("engine", "tui")
        for path in ROOT.glob(f"{each}/*/__init__.py")
    ]
    assert len(folders) > 12
    assert [folder for folder in folders if f"`{folder}`" not in text] == []


def test_every_measurement_rule_that_is_referred_to_is_explained() -> None:
    rules = set(
        re.findall(r"^## (M\d+): ", (DOCS / "measurement.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    texts = [*PAGES, *(path for each in SOURCES for path in (ROOT / each).rglob("*.py"))]
    named = {rule for path in texts for rule in re.findall(r"\bM\d{1,2}\b", path.read_text(encoding="utf-8"))}
    assert named
    assert named <= rules


def test_each_decision_has_a_number_of_its_own() -> None:
    numbers = sorted(int(note.name.partition("-")[0]) for note in (DOCS / "decisions").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))
