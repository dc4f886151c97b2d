"""A plan of each kind: together they have every field that a plan can have."""

from typing import Any

OWN = {"title": "Own", "stages": [{"users": 2, "hold": "10 s"}]}
KINDS: dict[str, dict[str, Any]] = {
    "a command": OWN | {"target": [{"name": "n", "command": "node a.js {port}", "env": {"API_KEY": "x"}}]},
    "turns": {
        "title": "Own",
        "targets": ["fastapi", "django-wsgi"],
        "stages": [{"users": 2, "hold": "10 s"}],
        "schedule": "turns",
        "rounds": 4,
        "within": "9 s",
    },
    "levels": {
        "title": "Own",
        "targets": ["fastapi"],
        "levels": [5, 9],
        "hold": "9 s",
        "gap": "1 s",
        "say": "Look.",
    },
    "a URL": OWN
    | {"target": [{"name": "n", "url": "https://127.0.0.1:1", "ca": "ca.pem", "server_name": "x"}]},
    "a container": OWN | {"target": [{"name": "n", "container": "web:8080"}]},
    "containers": OWN | {"targets": ["fastapi:memory=256m"], "runtime": "docker", "database": "postgresql"},
    "a database": OWN | {"targets": ["fastapi"], "database": "mysql://me:secret@127.0.0.1:3306"},
    "an open model": OWN
    | {
        "targets": ["fastapi"],
        "model": "open",
        "stages": [{"rate": 5, "hold": 9}, {"rate_to": 9, "over": 9}],
    },
    "a cluster": OWN
    | {
        "target": [{"name": "n", "url": "http://10.0.0.9:8000"}],
        "cluster": "ray://10.0.0.2:10001",
        "load_workers": 6,
    },
    "HTTP/2": OWN
    | {
        "targets": ["fastapi:server=granian"],
        "http": "2",
        "connections": 2,
        "streams": 10,
        "stages": [{"users": 5, "hold": 9}],
    },
    "faults and an SLO": OWN
    | {
        "targets": ["fastapi"],
        "slo": "p95 < 1 s, errors < 1 %",
        "fault": [{"at": "2 s", "fault": "pause for 1 s"}],
    },
    "requests": OWN
    | {
        "targets": ["fastapi"],
        "data": {"city": ["Bonn", "Rom"]},
        "request": [
            {"path": "/a/{city}", "query": {"q": "1"}, "headers": {"x": "y"}, "weight": 3},
            {"path": "/b", "method": "POST", "json": {"a": [1]}, "checks": {"json": {"/a": 1}}},
            {"path": "/c", "method": "POST", "form": {"a": "b"}, "auth": {"basic": ["me", "secret"]}},
            {"path": "/d", "stream": "sse"},
        ],
    },
    "a journey": OWN
    | {
        "targets": ["fastapi"],
        "step": [{"path": "/a", "take": {"id": "/id"}}, {"name": "b", "path": "/b/{id}"}],
        "cookies": False,
        "seed": 7,
    },
    "all that a request may have": OWN
    | {
        "targets": ["fastapi"],
        "request": [
            {"name": "text", "path": "/1", "method": "PUT", "body": "a", "expect_status": [201, "2xx"]},
            {
                "path": "/2",
                "method": "POST",
                "body": {"file": "a.bin"},
                "checks": {"contains": "a", "size": 3},
            },
            {
                "path": "/3",
                "method": "POST",
                "files": {"a": {"file": "a.bin", "type": "a/b"}},
                "form": {"b": ["1", "2"]},
            },
            {"path": "/4", "stream": "websocket", "message": "hello", "receive": 3},
            {"path": "/5", "stream": "sse", "until": "done", "timeout": "2 s"},
            {
                "path": "/6",
                "follow_redirects": 5,
                "checks": {
                    "matches": "a+",
                    "jmespath": {"length(items)": 3},
                    "headers": {
                        "ETag": True,
                        "Vary": "Accept",
                        "Via": {"contains": "x"},
                        "X-Id": {"matches": "^[0-9]+$"},
                    },
                },
            },
            {
                "path": "/graphql",
                "graphql": "query A($n: Int) { items(first: $n) { id } }",
                "variables": {"n": 3},
                "operation": "A",
                "checks": {"graphql": False},
            },
        ],
    },
    "all that a step may have": OWN
    | {
        "targets": ["fastapi"],
        "setup": [{"path": "/login", "method": "POST", "take": {"token": "/token"}, "timeout": "2 s"}],
        "teardown": [{"path": "/{setup.token}", "method": "DELETE"}],
        "data": {
            "users": {
                "file": "users.csv",
                "order": "unique",
                "format": "csv",
                "delimiter": ";",
                "columns": ["name"],
                "sha256": "a" * 64,
            },
            "city": ["Rome"],
        },
        "step": [
            {"path": "/6", "method": "POST", "body": "a", "headers": {"x": "y"}, "query": {"a": [1, True]}},
            {
                "path": "/7",
                "method": "POST",
                "form": {"a": 1},
                "files": {"a": {"file": "a.bin"}},
                "think_time": "1 s",
            },
            {"path": "/8", "expect_status": 302, "take": {"there": "header:Location"}, "timeout": 5},
            {"path": "/9", "stream": "websocket", "message": "hello", "receive": 3},
            {"path": "/10", "stream": "sse", "until": "done"},
            {
                "path": "/11",
                "follow_redirects": 2,
                "take": {
                    "a": "jmespath:items[0].id",
                    "b": "regex:b=(.)",
                    "c": {"from": "header:Location", "regex": "/(.)$"},
                },
            },
            {"path": "/12", "graphql": "query B { b }", "variables": {"n": 3}, "operation": "B"},
        ],
    },
    "all that a server may have": OWN
    | {
        "target": [
            {
                "name": "a",
                "label": "A",
                "about": "one",
                "command": "a {port}",
                "cwd": "b",
                "revision": "main",
            },
            {
                "name": "c",
                "url": "https://127.0.0.1:1",
                "health": "/up",
                "health_status": 404,
                "insecure": True,
            },
        ],
        "fault": [{"at": "2 s", "fault": "pause for 1 s", "target": "a"}],
        "network_delay": "4 ms",
        "client": "httpx",
        "load_workers": 2,
        "ready_within": "5 s",
        "accept_difference": True,
    },
    "a search": {
        "title": "Own",
        "targets": ["fastapi"],
        "slo": "p95 < 1 s",
        "schedule": "capacity",
        "capacity": {"most": 50, "within": "1 m", "trials": 9, "for_users": 99, "price_per_core_hour": 0.5},
    },
    "profiles": OWN | {"targets": ["fastapi"], "profile": "3 s", "profile_at": "4 s"},
    "a published experiment, changed": OWN
    | {
        "targets": ["fastapi"],
        "quick": True,
        "left_out_levels": [20, 30],
        "users_chosen": 5,
        "seconds_chosen": 10.0,
        "origin": {
            "targets": ["fastapi:workers=4", "django-wsgi"],
            "workload": "io",
            "schedule": "solo",
            "client": "own",
            "network_delay_s": 0.0,
        },
    },
    "short turns": OWN
    | {"targets": ["fastapi", "hybrid"], "schedule": "turns", "turn": "600 ms", "rounds": 4, "quick": True},
}
