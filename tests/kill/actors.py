"""Writers and watchers of one namespace. Each knows what it may expect after the server died under its hands."""

import json
import random
import threading
import time
from dataclasses import dataclass

from server import Connection, Gone, Server

PATH = "/api/v1/namespaces/default/configmaps"
_KEYS = 6  # of each writer
_MERGE = "application/merge-patch+json"


@dataclass(frozen=True)
class State:
    """What a key is: a value at a revision, or nothing."""
    value: int | None = None
    revision: int = 0


class Key:
    def __init__(self, name: str):
        self.name = name
        self.known = State()  # acknowledged, or read
        self.asked: list[int | None] = []  # at most one: a write whose answer we did not hear

    def check(self, found: dict | None) -> None:
        """After a restart: `found` is the object that is there now."""
        now = State(int(found["data"]["n"]), int(found["metadata"]["resourceVersion"])) if found else State()
        if now.value == self.known.value:
            assert now.value is None or now.revision == self.known.revision, f"{self.name}: {now} was {self.known}"
        else:
            assert now.value in self.asked, f"{self.name}: {now} is there, {self.known} was acknowledged, {self.asked} under way"
            assert now.value is None or now.revision > self.known.revision, f"{self.name}: {now} after {self.known}"
        self.known = now
        self.asked = []


class Writer:
    def __init__(self, server: Server, number: int, seed: int, gate: threading.Event):
        self.keys = [Key(f"w{number}-{i}") for i in range(_KEYS)]
        self.acknowledged: list[tuple[int, str]] = []  # (revision, name), in their order
        self.errors: list[str] = []
        self.idle = threading.Event()  # it waits at the gate
        self._connection = Connection(server)
        self._chance = random.Random(seed)
        self._gate = gate
        self._stop = False
        self._value = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop = True
        self._gate.set()
        self._thread.join(60)
        self._connection.close()

    def _run(self) -> None:
        while not self._stop:
            if not self._gate.is_set():
                self.idle.set()
                self._gate.wait()
                continue
            self.idle.clear()
            try:
                self._write(self._chance.choice(self.keys))
            except Gone:
                while self._gate.is_set() and not self._stop:  # the gate closes in a moment
                    time.sleep(0.005)
            except Exception as error:  # noqa: BLE001: told to the test's thread
                self.errors.append(f"{type(error).__name__}: {error}")
                return

    def _write(self, key: Key) -> None:
        self._value += 1
        if key.known.value is None:
            body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": key.name}, "data": {"n": str(self._value), "fill": "x" * self._chance.randrange(3000)}}
            self._send(key, self._value, 201, "POST", PATH, body)
        elif self._chance.random() < 0.2:
            self._send(key, None, 200, "DELETE", f"{PATH}/{key.name}")
        else:
            body = {"metadata": {"resourceVersion": str(key.known.revision)}, "data": {"n": str(self._value)}}
            self._send(key, self._value, 200, "PATCH", f"{PATH}/{key.name}", body, _MERGE)

    def _send(self, key: Key, value: int | None, code: int, method: str, path: str, body: dict | None = None, content_type: str = "application/json") -> None:
        key.asked = [value]
        got, answer = self._connection.call(method, path, body, content_type)
        assert got == code, f"{method} {key.name}: {got} {answer.get('message')}"
        key.asked = []
        if value is None:
            key.known = State()
            return
        revision = int(answer["metadata"]["resourceVersion"])
        assert revision > key.known.revision, f"{key.name}: revision {revision} after {key.known.revision}"
        key.known = State(value, revision)
        self.acknowledged.append((revision, key.name))


class Watcher:
    """Follows the namespace from `revision`, across all deaths of the server."""

    def __init__(self, server: Server, revision: int):
        self.events: list[tuple[int, str, str, str]] = []  # revision, type, name, value
        self.errors: list[str] = []
        self.resumed = 0
        self._server = server
        self._last = revision
        self._stop = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def last(self) -> int:
        return self._last

    def stop(self) -> None:
        self._stop = True
        self._thread.join(60)

    def _run(self) -> None:
        while not self._stop:
            try:
                self._follow()
            except Gone:
                time.sleep(0.02)
            except Exception as error:  # noqa: BLE001
                self.errors.append(f"{type(error).__name__}: {error}")
                return

    def _follow(self) -> None:
        connection = Connection(self._server)
        try:
            response = connection.open("GET", f"{PATH}?watch=1&resourceVersion={self._last}&timeoutSeconds=5")
            assert response.status == 200, f"watch from {self._last}: {response.status} {response.read()[:300]!r}"
            self.resumed += 1
            while line := self._line(response):
                if not line.endswith(b"\n"):
                    raise Gone("half an event")
                self._take(json.loads(line))
        finally:
            connection.close()

    @staticmethod
    def _line(response) -> bytes:
        try:
            return response.readline()
        except (OSError, ValueError, EOFError) as error:
            raise Gone(str(error)) from error
        except Exception as error:  # http.client.IncompleteRead and its like
            raise Gone(str(error)) from error

    def _take(self, event: dict) -> None:
        assert event["type"] in ("ADDED", "MODIFIED", "DELETED"), event
        metadata = event["object"]["metadata"]
        revision = int(metadata["resourceVersion"])
        assert revision > self._last, f"revision {revision} after {self._last}"
        self.events.append((revision, event["type"], metadata["name"], event["object"].get("data", {}).get("n", "")))
        self._last = revision
