"""What a plan can say: its fields, each of which is checked by itself. Frozen, pure.

`docs/plans.md` documents every field; a test compares the two.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer

from engine.plan.capacity import CapacitySpec
from engine.plan.chosen_targets import ChosenTargets, CustomTargets
from engine.plan.data_file import DataRows
from engine.plan.fault_schedule import Faults
from engine.plan.levels import MOST_OPEN_USERS, Levels, Repetitions
from engine.plan.once import MAX_ONCE, SetupSpec, TeardownSpec
from engine.plan.origin import Origin
from engine.plan.published import Claims, Figures, Published
from engine.plan.rounds import TURN_S, Rounds, Turn
from engine.plan.slo import Slo, parse_slo
from engine.plan.stages import MAX_STAGES, MAX_USERS, Step
from engine.plan.sweep import Sweep
from engine.plan.values import (
    WHOLE,
    Captions,
    Duration,
    Flag,
    Frozen,
    Think,
    WorkerCount,
    parse_cluster,
    parse_database,
    parse_load_workers,
    parse_warm_up,
)
from engine.plan.view import ViewSpec
from engine.plan.workload import MAX_REQUESTS, Data, RequestSpec, StepSpec
from engine.protocol.http2 import MAX_CONNECTIONS, MAX_STREAMS
from engine.protocol.load_shape import ThinkTime
from targets.secrets import masked_text
from targets.variables import Variables

Schedule = Literal["race", "solo", "turns", "duel", "capacity"]

READY_WITHIN_S = 20.0


class PlanFields(Frozen):
    """The fields of a plan."""

    variables: Annotated[Variables, Field(exclude=True, repr=False)] = Variables()
    """The environment that `${NAME}` in texts stands for, set by the plan's reader, and not recorded."""
    preset: str = ""
    """The name of the preset or of the plan's file, set by its reader."""
    title: str
    """What is shown above the session; of a file by default its name."""
    question: str = ""
    """The question that the run answers, for an audience."""
    source: str = ""
    """Who published the experiment behind it."""
    published: Published | None = None
    """How the source measured."""
    reported: Figures = ()
    """Figures that the source reported, each a `[[reported]]`."""
    claim: Claims = ()
    """What the source asserts, each a `[[claim]]`."""
    target: CustomTargets = ()
    """Custom targets, each a `[[target]]`."""
    sweep: Annotated[Sweep, Field(exclude=True)] = Field(default_factory=dict)
    """Variants of targets: `sweep = { workers = [1, 4] }` makes one for each value of every target that takes
    the option, `sweep = { fastapi = { workers = [1, 4] } }` only of that one. Recorded as `targets`."""
    targets: ChosenTargets
    """Targets of the session, with their options; by default the custom targets."""
    workload: str = "hello"
    """A built-in workload; with `request` or `step` the name of the custom workload (by default `own`)."""
    request: Annotated[tuple[RequestSpec, ...], Field(max_length=MAX_REQUESTS)] = ()
    """A custom workload of requests by weight, each a `[[request]]`."""
    step: Annotated[tuple[StepSpec, ...], Field(max_length=MAX_REQUESTS)] = ()
    """A custom workload of steps in order (a journey), each a `[[step]]`."""
    setup: Annotated[tuple[SetupSpec, ...], Field(max_length=MAX_ONCE)] = ()
    """Requests that are sent once to each target before its load, each a `[[setup]]`."""
    teardown: Annotated[tuple[TeardownSpec, ...], Field(max_length=MAX_ONCE)] = ()
    """Requests that are sent once to each target after its load, each a `[[teardown]]`."""
    data: Data = Field(default_factory=dict)
    """Values for requests: lists (`data.city = ["Bonn", "Rome"]` fills in `{city}`), and CSV or JSONL files
    (`[data.users]` with `file = "users.csv"` fills in `{data.users.name}`)."""
    rows: Annotated[Mapping[str, DataRows], Field(exclude=True, repr=False)] = Field(default_factory=dict)
    """What was read of the data files, set by the plan's reader; what is recorded of it is in `data`."""
    cookies: Flag | None = None
    """Whether users of a custom workload keep cookies; by default yes in a journey, no with requests.
    Those of a built-in workload keep none."""
    think_time: Think = ThinkTime()
    """How long a user waits between an answer and its next request (in the open model: between the steps of
    its journey): `"none"`, `"1 s"`, `"1 s to 2 s"` (uniform) or `"about 1 s"` (exponential)."""
    model: Literal["closed", "open"] = "closed"
    """`closed`: a number of users, each of whom waits for its answer. `open`: a rate of arrivals, however
    long the answers take."""
    spacing: Literal["constant", "poisson"] = "constant"
    """How arrivals of the open model are spaced: evenly, or at random (exponential gaps)."""
    max_users: Annotated[int, Field(ge=1, le=MAX_USERS), WHOLE] = MOST_OPEN_USERS
    """Open model: users at the same time, at most; further arrivals are dropped and counted."""
    client: Literal["own", "httpx"] = "own"
    """`httpx` sends everything through httpx, one client per user: a slow cross-check of abreast's client."""
    http: Literal["1.1", "2"] = "1.1"
    """`2`: users share connections of HTTP/2, as browsers and proxies do: by TLS handshake (ALPN), or without
    TLS to servers that are known to speak it."""
    connections: Annotated[int, Field(ge=1, le=MAX_CONNECTIONS), WHOLE] | None = None
    """HTTP/2: connections to each target, at least one for each load worker; without it, as many as all users
    together need."""
    streams: Annotated[int, Field(ge=1, le=MAX_STREAMS), WHOLE] | None = None
    """HTTP/2: requests in flight on one connection, at most; 100 by default, and fewer if the server allows
    fewer. Further ones wait, which counts as latency."""
    levels: Levels = ()
    """The load: numbers of users (in the open model, of arrivals a second), one after another. Instead of
    `stages`."""
    hold: Annotated[Duration, Field(gt=0)] | None = None
    """How long each level is held."""
    spawn_rate: Annotated[int, Field(ge=1, le=MAX_USERS), WHOLE] | None = None
    """Users that are added per second on the way to a level; without it, all come at once."""
    gap: Duration = 0.0
    """A break without load between two levels, in which the machine settles; no summary includes it."""
    repetitions: Repetitions = 1
    """How many times the whole series of levels is run."""
    view: ViewSpec | None = None
    """What the screen shows first: charts, headline, captions of charts."""
    say: Captions = ()
    """A line of text for each level, which captions the screen."""
    stages: Annotated[tuple[Step, ...], Field(min_length=1, max_length=MAX_STAGES)] = ()
    """The load shape: ramps (`ramp_to`, `over`) and holds (`hold`, `users`) one after another; in the open
    model with `rate_to` and `rate` instead."""
    fault: Faults = ()
    """Faults that are injected during the run, each a `[[fault]]`."""
    warm_up: Annotated[
        float | Literal["auto"], BeforeValidator(parse_warm_up, json_schema_input_type=str | float)
    ] = 1.0
    """Time at the first level that no summary includes; `"none"`, or `"auto"`: 5 s at 8 users, then the first
    level until two successive 5 s windows agree within 5 %, at most 30 s."""
    slo: Annotated[Slo, BeforeValidator(parse_slo, json_schema_input_type=Slo | str)] | None = None
    """Objectives of every target: `"p95 < 200 ms, errors < 1 %"`, or a table of `latency`, `share` and
    `errors`. A run that misses one ends with exit code 1."""
    schedule: Schedule = "race"
    """`race`: all targets at once. `solo`: one after another, each with the machine to itself. `turns`: in
    short turns, round by round, for a verdict. `duel`: all at once on one core, for a verdict on CPU time.
    `capacity`: a search for the most users that each serves within the SLO, in short trials of one at a
    time."""
    capacity: CapacitySpec | None = None
    """The bounds of a search for capacity."""
    rounds: Rounds = "auto"
    """In turns and duels: how many rounds; `"auto"`: as many as the verdicts need."""
    turn: Turn = TURN_S
    """In turns: how long each turn is measured, in steps of 0.2 s, after 0.2 s in which it settles."""
    within: Annotated[Duration, Field(gt=0)] | None = None
    """In turns and duels: the limit of all rounds; without it, 3 min where their number is `"auto"`."""
    runtime: Literal["local", "docker"] = "local"
    """Where targets run: `local`, as processes of this machine; `docker`, as containers. A target's option
    `runtime` takes precedence."""
    database: Annotated[
        str, BeforeValidator(parse_database), PlainSerializer(masked_text), Field(repr=False)
    ] = ""
    """Where targets keep their rows: a URL (`mysql://user:password@host:3306`, `mariadb://…`,
    `postgresql://…`), or the name of an environment variable with one; `mysql` or `postgresql` for a server
    that abreast starts in a container; `sqlite` for a file per target. Empty: `mysql` where targets run in
    containers, else `sqlite`. Recorded without credentials."""
    expected_difference: str = ""
    """Why targets are meant to answer or work differently: differences are then reported with the result."""
    accept_difference: Flag = False
    """Differences between targets do not stop the run; they are recorded."""
    profile: Duration | None = None
    """How long targets are sampled with py-spy during the run, in whole seconds: `"5 s"`. No summary includes
    these seconds."""
    profile_at: Duration | None = None
    """When that begins, counted from the start of the first stage; in a `solo` schedule, from the start of
    each target's turn. By default after as many seconds as it takes."""
    timeout: Annotated[Duration, Field(gt=0)] = 30.0
    """How long a user waits for a complete answer."""
    network_delay: Duration = 0.0
    """Round-trip time added between users and targets: loopback flatters servers with many round trips."""
    ready_within: Annotated[Duration, Field(gt=0)] = READY_WITHIN_S
    """How long a target may take from its start to a healthy response."""
    load_workers: Annotated[
        int | Literal["auto", "max"], BeforeValidator(parse_load_workers, json_schema_input_type=WorkerCount)
    ] = 1
    """Processes that share the users, 1 to 64; `"auto"`: one for every two cores that abreast may use, on a
    cluster for every two free processors; `"max"`: one for each of them."""
    cluster: Annotated[str, BeforeValidator(parse_cluster)] = ""
    """The Ray cluster that load workers run on: `"local"` (one that abreast starts here), `"auto"` (the one
    that this machine is a node of) or `"ray://HOST:PORT"`; by default they are processes of this machine."""
    seed: Annotated[int, Field(ge=-(2**53), le=2**53), WHOLE] = 0
    """Seed of everything random: think times, weights, data."""
    quick: bool = False
    """Its times are shortened for a demonstration (`--quick`); set by the command line."""
    left_out_levels: tuple[int, ...] = ()
    """Levels that `--quick` leaves out; set with it."""
    users_chosen: int | None = None
    """Users of `--users` or the lobby, in place of the plan's load shape; set with them."""
    seconds_chosen: float | None = None
    """Seconds of `--seconds` or the lobby; set with them."""
    origin: Origin | None = None
    """What a published experiment's plan was before the command line changed its method; set with that."""
    folder: Annotated[str, Field(exclude=True)] = ""
    """The folder of the plan's file, set by its reader, and not recorded."""
