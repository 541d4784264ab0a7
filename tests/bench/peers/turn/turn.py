"""What an agent's pod asks of the store in one turn of a chat with two tool calls, over and over, as the Python runtime does: the task
and the session are read, 10 posts of the growing task and 8 of events. A chat has 10 turns.

Usage: turn.py calls ADDRESS AGENT TURNS    over HTTP, to a controller (AGENT: ns/name)
       turn.py writes FILE TURNS            only those 18 writes, each synced, into an SQLite file; prints its CPU in ms a turn
"""

import http.client
import json
import os
import sqlite3
import sys
import uuid

TURNS_OF_CHAT = 10
EVENTS, TASKS = 8, 10
TEXT = "The quick brown fox jumps over the lazy dog. " * 12


def message(role, task, chat):
    part = {"kind": "text", "metadata": None, "text": TEXT}
    return {"contextId": chat, "extensions": None, "kind": "message", "messageId": str(uuid.uuid4()), "metadata": None, "parts": [part],
            "referenceTaskIds": None, "role": role, "taskId": task}


def event(turn):
    part = {"text": TEXT, "function_call": None, "function_response": None, "inline_data": None, "thought": None}
    return json.dumps({"id": str(uuid.uuid4()), "invocation_id": f"i-{turn}", "author": "agent", "content": {"role": "model", "parts": [part]},
                       "partial": None, "error_code": None, "actions": {"state_delta": {}, "artifact_delta": {}}, "timestamp": 1767323045.5})


def writes(turn, chat):
    """Yields ("task", id, text) and ("event", id, text), in their order."""
    task = {"artifacts": None, "contextId": chat, "history": [], "id": str(uuid.uuid4()), "kind": "task", "metadata": None,
            "status": {"message": None, "state": "submitted", "timestamp": "2026-01-02T03:04:05.678901+00:00"}}
    for number in range(TASKS):
        task["history"].append(message("agent" if number else "user", task["id"], chat))
        task["status"]["state"] = "completed" if number == TASKS - 1 else "working" if number else "submitted"
        yield "task", task["id"], json.dumps(task)
        if number < EVENTS:
            yield "event", str(uuid.uuid4()), event(turn)


class Caller:
    def __init__(self, address, agent):
        self.connection = http.client.HTTPConnection(address)
        self.headers = {"X-Agent-Name": agent.replace("-", "_").replace("/", "__NS__"), "X-User-Id": "u", "Content-Type": "application/json"}

    def call(self, method, path, body=None, wants=(200, 201)):
        self.connection.request(method, path, body, self.headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status not in wants:
            sys.exit(f"{method} {path}: {answer.status} {text[:300]}")

    def turn(self, turn, chat):
        session = f"/api/sessions/{chat}?user_id=u&order=asc&limit=-1"
        self.call("GET", f"/api/tasks/{uuid.uuid4()}", wants=(404,))
        self.call("GET", session)
        for number, (kind, name, text) in enumerate(writes(turn, chat)):
            if kind == "task":
                self.call("POST", "/api/tasks", text)
            else:
                self.call("POST", f"/api/sessions/{chat}/events?user_id=u", json.dumps({"id": name, "data": text}))
            if number == 1:
                self.call("GET", session)


def calls(address, agent, turns):
    caller = Caller(address, agent)
    for turn in range(turns):
        if turn % TURNS_OF_CHAT == 0:
            chat = str(uuid.uuid4())
            caller.call("POST", "/api/sessions?user_id=u", json.dumps({"id": chat, "agent_ref": agent}))
        caller.turn(turn, chat)
        if turn % TURNS_OF_CHAT == TURNS_OF_CHAT - 1:
            caller.call("DELETE", f"/api/sessions/{chat}?user_id=u")


def bare(file, turns):
    store = sqlite3.connect(file, isolation_level=None)
    store.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                        "CREATE TABLE kept (id TEXT PRIMARY KEY, kind TEXT, text TEXT)")
    kept = [list(writes(turn, "chat")) for turn in range(turns)]
    before = os.times()
    for rows in kept:
        for kind, name, text in rows:
            store.execute("INSERT INTO kept VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET text = excluded.text", (name, kind, text))
    after = os.times()
    print(f"{(after.user + after.system - before.user - before.system) * 1000 / turns:.2f}")


if sys.argv[1] == "calls":
    calls(sys.argv[2], sys.argv[3], int(sys.argv[4]))
else:
    bare(sys.argv[2], int(sys.argv[3]))
