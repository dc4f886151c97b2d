"""The question that each workload answers, for an audience: shown where it is not the one that the plan was
written for."""

QUESTIONS = {
    "health": "An answer without any work: what does each server cost before the application starts?",
    "hello": "The same small JSON answer from every server: what do server and framework cost?",
    "tasks": "List, read, create, replace, change, delete: do real requests change the order of the servers?",
    "io": "Two file operations and eight transactions per request: the framework, or the driver below it?",
    "classify": "A real network computes every answer: how many pictures does each server classify?",
    "slow-model": "Every request waits for a slow model: which servers still answer others meanwhile?",
    "upstream": "Every request waits for another service: which servers can have many of them waiting?",
    "login": "After a login every request shows a token: what does it cost each server to check it?",
    "tokens": "Tokens arrive one by one as events: how soon does the first one come?",
    "tokens-ws": "Tokens arrive one by one over a WebSocket: how soon does the first one come?",
    "mix": "Mostly reads, some writes, no waiting: which server serves most?",
}
"""By the workload's name."""
