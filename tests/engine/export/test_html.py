"""The HTML report: complete in itself, safe with hostile texts, and what a real browser makes of it."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal

import pytest
from PIL import ImageColor

from engine.export.document import folded
from engine.export.html import html
from engine.export.loaded import LoadedSession
from engine.metrics.palette import DARK, LIGHT
from engine.metrics.records import Event, TargetAdded
from tests.support.browser import Browser, opened_browser
from tests.support.made_sessions import Shape, records

TARGETS = ("fastapi", "django-wsgi", "django-asgi")
HOSTILE = "</script><script>alert(1)</script><img src=//evil.example/x onerror=alert(2)>{{ 7 * 7 }}\x1b[31m"


def session(*, hostile: str = "") -> LoadedSession:
    """A minute of three targets; with a hostile text in every place where one can be."""
    found = list(records(Shape(seconds=60, targets=TARGETS, rps=120, title=hostile or "Made")))
    if hostile:
        found = [_with_label(each, hostile) if isinstance(each, TargetAdded) else each for each in found]
        found.insert(-1, Event(30.0, "note", "", hostile))
    return LoadedSession(Path("made"), folded(found))


def _with_label(added: TargetAdded, text: str) -> TargetAdded:
    from dataclasses import replace

    return replace(
        added, label=f"{added.name} {text}", server=text, options={text: text}, versions={text: "1"}
    )


def page(made: LoadedSession) -> str:
    return b"".join(html(made)).decode()


@pytest.fixture(scope="module")
def made() -> str:
    return page(session())


class Elements(HTMLParser):
    """The names and attributes of a page's elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_page_has_the_verdict_the_warnings_and_every_chart_with_words(made: str) -> None:
    assert '<p class="verdict">At 100 users fastapi served' in made
    assert "Targets shared CPU cores" in made
    plots = [found for tag, found in Elements(made).found if found.get("class") == "plot"]
    assert len(plots) == 16
    assert all(each["role"] == "img" for each in plots)
    labels = {each["data-chart"]: each["aria-label"] or "" for each in plots}
    assert labels["users"].startswith("Virtual users. fastapi: median 50 users, 10 to 100 users")
    assert "highest at 100 users" in labels["load-duration"]
    assert "abreast run hello --headless" in made


def test_the_page_names_nothing_that_a_browser_would_load(made: str) -> None:
    loading = {"src", "href", "xlink:href", "srcset", "action", "data", "poster"}
    found = [
        each for _, attributes in Elements(made).found for each in attributes.items() if each[0] in loading
    ]
    assert found == [("href", "data:,")]
    assert "@import" not in made
    assert "url(" not in made


def test_hostile_texts_stay_texts() -> None:
    text = page(session(hostile=HOSTILE))
    parsed = Elements(text)
    assert [tag for tag, _ in parsed.found].count("script") == 2
    assert "img" not in [tag for tag, _ in parsed.found]
    assert not [name for _, attributes in parsed.found for name in attributes if name.startswith("on")]
    assert "{{ 7 * 7 }}" in text
    assert "\x1b" not in text


# ---------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with opened_browser(tmp_path_factory.mktemp("browser")) as found:
        yield found


@pytest.fixture(scope="module")
def file(made: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(made, encoding="utf-8")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_chart_is_drawn_in_the_targets_colours(
    browser: Browser, file: Path, scheme: Literal["light", "dark"]
) -> None:
    browser.show(scheme=scheme)
    browser.open(file)
    palette = DARK if scheme == "dark" else LIGHT
    for name in ("p50", "p99", "memory", "health", "load-duration", "percentiles"):
        pixels = browser.colours(f"#{name} .plot")
        missing = {slot for slot in range(3) if ImageColor.getrgb(palette[f"slot{slot}"]) not in pixels}
        assert not missing, f"{name} lacks the colours of {missing}"


def test_nothing_is_requested_and_nothing_is_refused(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "hostile.html"
    path.write_text(page(session(hostile=HOSTILE)), encoding="utf-8")
    browser.open(path)
    assert browser.run("document.title").startswith("</script><script>alert(1)")
    assert [each for each in browser.requests if each != "data:,"] == [path.as_uri()]
    assert browser.messages == []


def test_the_legend_hides_a_target_in_every_chart(browser: Browser, file: Path) -> None:
    browser.show()
    browser.open(file)
    colour = ImageColor.getrgb(LIGHT["slot1"])
    assert colour in browser.colours("#p95 .plot")
    browser.run("document.querySelector('.legend [data-target=\"1\"]').click()")
    for name in ("p95", "load-p95", "percentiles"):
        assert colour not in browser.colours(f"#{name} .plot")
    browser.run("document.querySelector('.legend [data-target=\"1\"]').click()")
    assert colour in browser.colours("#p95 .plot")


def test_the_crosshair_shows_every_targets_value_in_all_charts_of_its_group(
    browser: Browser, file: Path
) -> None:
    browser.open(file)
    move = (
        "(plot => { const box = plot.getBoundingClientRect();"
        " const clientX = box.left + box.width * (62 + 510 * 30.5 / 60) / 600;"
        " plot.dispatchEvent(new PointerEvent('pointermove', {clientX})) })"
        "(document.querySelector('#users .plot'))"
    )
    browser.run(move)
    assert browser.run("document.querySelectorAll('.hair').length") == 9
    assert browser.run("document.querySelector('.tip').innerText.replace(/\\s+/g, ' ')") == (
        "00:30 ● fastapi 50 ▲ django-wsgi 50 ■ django-asgi 50"
    )


def test_the_arrow_keys_move_the_crosshair(browser: Browser, file: Path) -> None:
    browser.open(file)
    press = "dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowLeft'}))"
    browser.run(f"document.querySelector('#load-cpu .plot').{press}")
    assert browser.run("document.querySelector('.tip b').innerText") == "50 users"


def test_the_button_changes_the_theme(browser: Browser, file: Path) -> None:
    browser.show(scheme="light")
    browser.open(file)
    browser.run("document.getElementById('theme').click()")
    assert browser.run("getComputedStyle(document.body).backgroundColor") == "rgb(11, 15, 23)"
    assert browser.run("document.getElementById('theme').innerText") == "Light"


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_window(browser: Browser, file: Path, width: int) -> None:
    browser.show(width=width)
    browser.open(file)
    assert browser.run("document.documentElement.scrollWidth") == width


def test_it_prints_in_a_few_pages(browser: Browser, file: Path) -> None:
    browser.show(scheme="dark")
    browser.open(file)
    printed = browser.printed()
    assert printed.startswith(b"%PDF")
    assert 3 <= printed.count(b"/Type /Page\n") <= 12
