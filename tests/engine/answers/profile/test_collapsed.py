"""py-spy's raw output as a profile."""

from collections import Counter

from engine.answers.profile.collapsed import DEEPEST, MOST_NODES, call_tree, frame_of, profile_of
from engine.metrics.profiles import Frame, TargetProfile

SITE = "/srv/.venv/lib/python3.11/site-packages"
MASTER = 'process 7:"python -m gunicorn --key ;a (b.py);"'
RUN = f"run ({SITE}/uvicorn/server.py)"
OUTPUT = f"""\
{MASTER};process 8:"python";run ({SITE}/uvicorn/server.py:9);view (/srv/app/shop/api.py:3) 30
{MASTER};process 9:"python";{RUN};view (/srv/app/shop/api.py);dumps ({SITE}/orjson/x.py) 20
{MASTER};process 9:"python";{RUN} 10
{MASTER};wait (/usr/lib/python3.11/threading.py) 400
{MASTER} 3
not a line
"""


def stacks_of(profile: TargetProfile) -> dict[str, int]:
    """The call tree as stacks again."""
    found = {}
    for node in profile.nodes:
        names, at = [], node
        while True:
            names.append(profile.frames[at[1]].function)
            if at[0] < 0:
                break
            at = profile.nodes[at[0]]
        if node[2]:
            found[";".join(reversed(names))] = node[2]
    return found


def test_stacks_of_all_processes_are_one_call_tree() -> None:
    profile = profile_of("shop", OUTPUT, looks=499, errors=6, own_folders=("/srv/app",))
    assert stacks_of(profile) == {"run;view": 30, "run;view;dumps": 20, "run": 10}
    assert profile.frames[1] == Frame("view", "shop/api.py", "")
    assert profile.samples == 60
    assert (profile.looks, profile.failed_looks) == (499, 3), "each of 2 processes can fail in one look"


def test_samples_are_counted_by_process_without_those_that_only_waited() -> None:
    assert profile_of("shop", OUTPUT, looks=499).processes == (30, 30)


def test_no_command_line_is_kept() -> None:
    profile = profile_of("shop", OUTPUT, looks=499)
    assert "--key" not in str(profile)


def test_an_empty_output_is_an_empty_profile() -> None:
    profile = profile_of("shop", "", looks=499, errors=2)
    assert (profile.samples, profile.nodes, profile.processes) == (0, (), ())


def test_a_call_tree_is_bounded_and_says_what_it_left_out() -> None:
    stacks: Counter[tuple[Frame, ...]] = Counter(
        {(Frame(f"f{at}", "app.py", ""),): 1 for at in range(MOST_NODES + 7)}
    )
    stacks[Frame("often", "app.py", ""),] = 50
    frames, nodes, left_out = call_tree(stacks)
    assert len(nodes) == MOST_NODES
    assert left_out == 8
    assert sum(samples for _, _, samples in nodes) + left_out == sum(stacks.values())
    assert frames[0].function == "often"


def test_of_a_deep_recursion_the_innermost_functions_are_kept() -> None:
    deep = ";".join(["walk (/srv/app/tree.py)"] * 5000)
    profile = profile_of("shop", f"{deep};leaf (/srv/app/tree.py) 9", looks=499)
    assert len(profile.nodes) == DEEPEST
    assert profile.frames[profile.nodes[-1][1]].function == "leaf"
    assert profile.samples == 9


def test_files_are_named_without_the_folders_of_a_machine() -> None:
    assert frame_of("f", f"{SITE}/django/db/__init__.py") == Frame("f", "django/db/__init__.py", "django")
    assert frame_of("f", "/usr/lib/python3.11/json/encoder.py") == Frame("f", "json/encoder.py", "python")
    assert frame_of("f", "/home/jo/work/shop/api.py") == Frame("f", "shop/api.py", "")
    assert frame_of("f", "C:\\shop\\api.py") == Frame("f", "shop/api.py", "")
    assert frame_of("f", "/opt/any/targets/apps/uwsgi_server.py").file == "targets/apps/uwsgi_server.py"
    assert frame_of("f", f"{SITE}/bottle.py") == Frame("f", "bottle.py", "bottle")
