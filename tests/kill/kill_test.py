"""The API server, killed at random moments under writers and watchers: nothing acknowledged is lost, no revision is
used twice, and a watch goes on where it stood."""

import os
import random
import threading
import time

import pytest

from actors import PATH, Watcher, Writer
from server import DYNAMOD, Connection, Server

KILLS = int(os.environ.get("DYNAMOD_KILLS", "20"))
WRITERS = 16
WATCHERS = 20
_LIMIT_SECONDS = 60


def wait_for(condition, what: str) -> None:
    deadline = time.monotonic() + _LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {_LIMIT_SECONDS} s"
        time.sleep(0.01)


class Run:
    def __init__(self, server: Server, seed: int):
        self.server = server
        self.chance = random.Random(seed)
        self.gate = threading.Event()
        server.start()
        server.wait_ready()
        _, listed = self.call("GET", PATH)
        self.first = int(listed["metadata"]["resourceVersion"])
        self.revision = self.first
        self.writers = [Writer(server, i, self.chance.randrange(2**32), self.gate) for i in range(WRITERS)]
        self.watchers = [Watcher(server, self.first) for _ in range(WATCHERS)]

    def call(self, method: str, path: str, body: dict | None = None) -> tuple[int, dict]:
        connection = Connection(self.server)
        try:
            return connection.call(method, path, body)
        finally:
            connection.close()

    def kill_and_restart(self) -> None:
        self.gate.set()
        time.sleep(self.chance.uniform(0.02, 0.8))
        self.server.kill()
        self.gate.clear()
        wait_for(lambda: all(writer.idle.is_set() or writer.errors for writer in self.writers), "writers that stand still")
        while self.chance.random() < 0.25:  # it may also die while it starts
            self.server.start()
            time.sleep(self.chance.uniform(0, 0.15))
            self.server.kill()
        self.server.start()
        self.server.wait_ready()
        self.check()

    def check(self) -> None:
        for actor in [*self.writers, *self.watchers]:
            assert not actor.errors, actor.errors
        code, listed = self.call("GET", PATH)
        assert code == 200, listed
        revision = int(listed["metadata"]["resourceVersion"])
        newest = max((writer.acknowledged[-1][0] for writer in self.writers if writer.acknowledged), default=self.first)
        assert revision >= max(self.revision, newest), f"revision {revision} after {self.revision}, {newest} was acknowledged"
        self.revision = revision
        found = {item["metadata"]["name"]: item for item in listed["items"]}
        for writer in self.writers:
            for key in writer.keys:
                key.check(found.get(key.name))

    def finish(self) -> None:
        self.gate.clear()
        wait_for(lambda: all(writer.idle.is_set() for writer in self.writers), "writers that stand still")
        self.check()
        end = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "the-end"}}
        _, made = self.call("POST", PATH, end)
        last = int(made["metadata"]["resourceVersion"])
        wait_for(lambda: all(watcher.last == last or watcher.errors for watcher in self.watchers), "watchers at the end")
        for watcher in self.watchers:
            assert not watcher.errors, watcher.errors
        self.check_events()

    def check_events(self) -> None:
        events = self.watchers[0].events
        for watcher in self.watchers[1:]:
            assert watcher.events == events, "two watchers saw different things"
        seen = {(revision, name) for revision, kind, name, _ in events if kind != "DELETED"}
        for writer in self.writers:
            missing = [write for write in writer.acknowledged if write not in seen]
            assert not missing, f"watchers missed {missing[:5]}"
        alive: set[str] = set()
        for revision, kind, name, _ in events:
            assert (kind == "ADDED") == (name not in alive), f"{kind} {name} at {revision}"
            (alive.discard if kind == "DELETED" else alive.add)(name)

    def stop(self) -> None:
        for writer in self.writers:
            writer.stop()
        for watcher in self.watchers:
            watcher._stop = True
        self.server.stop()
        for watcher in self.watchers:
            watcher.stop()


@pytest.mark.skipif(not DYNAMOD.exists(), reason=f"{DYNAMOD} is not built")
def test_nothing_acknowledged_is_lost(tmp_path):
    seed = int(os.environ.get("DYNAMOD_KILL_SEED", time.time_ns() % 10**9))
    print(f"DYNAMOD_KILL_SEED={seed}")
    run = Run(Server(tmp_path), seed)
    try:
        for _ in range(KILLS):
            run.kill_and_restart()
        run.finish()
    finally:
        run.stop()
    writes = sum(len(writer.acknowledged) for writer in run.writers)
    resumed = sum(watcher.resumed for watcher in run.watchers)
    print(f"{KILLS} kills: {writes} acknowledged writes, {len(run.watchers[0].events)} events for each of {WATCHERS} watchers, {resumed} watches")
    assert writes > 10 * KILLS
