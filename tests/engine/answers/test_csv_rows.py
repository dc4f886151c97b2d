"""CSV tables of other tools."""

import pytest

from engine.answers.audit_table import Row
from engine.answers.csv_rows import Column, Columns, table_of_csv
from targets.errors import UsageError

GUESSED = Columns({})


def one(text: str, columns: Columns = GUESSED) -> Row:
    (row,) = table_of_csv(text, columns, None).rows
    return row


LOCUST = (
    "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,95%,99%,Total Average Response Time\n"
    "1,100,,Aggregated,37.83,0.0,39,780,900,166.38\n"
)
K6 = "vus,http_reqs/s,http_req_duration_avg,http_req_duration_p95\n50,21.7,17.35ms,41ms\n"
JMETER = "Label;Threads;Average;95% Line;Error %;Throughput\nHome;10;15;33;0.00%;4.12\n"
WRK = "connections\tRequests/sec\tLatency avg (us)\n64\t1,200\t650.5\n"


@pytest.mark.parametrize(
    ("text", "users", "rate", "mean_ms"),
    [(LOCUST, 100, 37.83, 166.38), (K6, 50, 21.7, 17.35), (JMETER, 10, 4.12, 15), (WRK, 64, 1200, 0.6505)],
)
def test_usual_spellings(text: str, users: int, rate: float, mean_ms: float) -> None:
    row = one(text)
    assert row.users == users
    assert row.figures["rps"].value == rate
    assert row.figures["mean"].value == pytest.approx(mean_ms)


def test_figures_have_the_limits_of_their_rounding_and_lines_have_numbers() -> None:
    row = one(LOCUST)
    assert row.name == "line 2: Aggregated, 100 users"
    assert row.figures["mean"].high - row.figures["mean"].value == pytest.approx(0.005)
    assert row.figures["p95"].high == 780.5
    assert one(JMETER).figures["errors"].value == 0


@pytest.mark.parametrize(
    ("columns", "mean_ms"),
    [
        ({"users": "n", "rps": "x", "mean": "r"}, 2.0),
        ({"users": "n", "rps": "x", "mean": "r_s"}, 3000.0),
    ],
)
def test_columns_can_be_named(columns: dict[Column, str], mean_ms: float) -> None:
    text = "n,x,r,r_s\n5,10,2,3\n"
    assert one(text, Columns(columns)).figures["mean"].value == mean_ms
    seconds = Columns({**columns, "mean": "r"}, latency_unit="s")
    assert one(text, seconds).figures["mean"].value == 2000.0


@pytest.mark.parametrize(
    ("cells", "shares", "note"),
    [
        (
            ("0", "13.2"),
            (0.0, 0.132),
            "'Failure Rate' has no unit, and values up to 13.2: they are read as per cent",
        ),
        (
            ("0.5", "1"),
            (0.5, 1.0),
            "'Failure Rate' has no unit, and no value above 1: they are read as shares, 1 being all",
        ),
        (("0", "0"), (0.0, 0.0), ""),
        (("0.5%", "13.2%"), (0.005, 0.132), ""),
        (("", "-"), (None, None), ""),
    ],
)
def test_a_column_of_error_rates_without_a_unit_is_read_by_its_range(
    cells: tuple[str, str], shares: tuple[float | None, float | None], note: str
) -> None:
    text = "users,rps,mean,Failure Rate\n" + "".join(f"5,10,2,{cell}\n" for cell in cells)
    table = table_of_csv(text, Columns({}), None)
    found = [row.figures.get("errors") for row in table.rows]
    values = [None if each is None else each.value for each in found]
    assert values == [None if each is None else pytest.approx(each) for each in shares]
    assert table.notes == ((note,) if note else ())


def test_counts_of_errors_are_no_share() -> None:
    assert "errors" not in one("users,rps,mean,errors\n5,10,2,17\n").figures
    assert one("users,rps,mean,error_rate\n5,10,2,0.25\n").figures["errors"].value == 0.25
    assert one("users,rps,mean,error_pct\n5,10,2,25\n").figures["errors"].value == 0.25


def test_lines_without_users_are_left_out() -> None:
    rows = table_of_csv("users,rps,mean\n,10,2\ntotal,10,2\n0,10,2\n5,10,n/a\n", GUESSED, None).rows
    assert [(each.users, sorted(each.figures)) for each in rows] == [(5, ["rps"])]


@pytest.mark.parametrize(
    ("text", "columns", "what"),
    [
        ("", {}, "the file holds no table"),
        ("a,b\n1,2\n", {}, "no column of users and requests per second and mean latency"),
        ("users,rps\n1,2\n", {}, "no column of mean latency"),
        ("users,rps,mean\n", {}, "no rows to audit"),
        ("users,rps,mean\n1,2,3\n", {"users": "vus"}, "no column 'vus'"),
        ("users,rps,mean\n" + "1,2,3\n" * 10_001, {}, "too long"),
        ('users,rps,mean\n"' + "x" * 200_000, {}, "not a CSV table"),
    ],
)
def test_what_no_table_is(text: str, columns: dict[Column, str], what: str) -> None:
    with pytest.raises(UsageError, match=what):
        table_of_csv(text, Columns(columns), None)
