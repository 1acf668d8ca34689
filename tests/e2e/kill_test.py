"""The operator's real process is killed again and again, at random moments, while models change before and after.

$DYNAMOD_E2E_KILLS says how often (40); a failure prints the seed, which $DYNAMOD_E2E_SEED sets.
"""

import os
import random
import time
from collections import Counter

import pytest

from conftest import LoraModel, wait_for
from harness.operator import Operator

_KILLS = int(os.environ.get("DYNAMOD_E2E_KILLS", "40"))
_SEED = int(os.environ.get("DYNAMOD_E2E_SEED", "0")) or random.randrange(1, 1 << 32)
_PODS = ("worker-0", "worker-1")
_MODELS = ("first", "second", "third")
_SOURCES = ("alpha", "beta")
_LIFE_SECONDS_MAX = 0.6  # a start takes a third of that, a change of source another


class World:
    """Users' side: models that are made, edited, renamed and deleted, and what workers should hold for them."""

    def __init__(self, cluster, stage, chance: random.Random):
        self._stage = stage
        self._chance = chance
        self._models = {name: LoraModel(cluster, stage.kubelet.namespace, name) for name in _MODELS}
        self._wanted: dict[str, tuple[str, str]] = {}  # object to the name and the source of its adapter
        self._versions = Counter()

    def change(self) -> None:
        """One deed of a user; what is still being deleted is left alone."""
        name = self._chance.choice(_MODELS)
        model, wanted = self._models[name], self._wanted.get(name)
        if wanted is None:
            if model.gone():
                self._want(name, f"{name}-0", "alpha")
                model.create(self._uri("alpha"), f"{name}-0")
            return
        deed = self._chance.choice(("edit", "edit", "rename", "delete"))
        if deed == "edit":
            source = _SOURCES[_SOURCES.index(wanted[1]) - 1]
            self._want(name, wanted[0], source)
            model.set_source(self._uri(source))
        elif deed == "rename":
            self._versions[name] += 1
            self._want(name, f"{name}-{self._versions[name]}", wanted[1])
            model.rename(self._wanted[name][0])
        else:
            del self._wanted[name]
            model.delete()

    def settled(self) -> bool:
        names = {adapter for adapter, _ in self._wanted.values()}
        return (all(self._models[name].ready(len(_PODS)) for name in self._wanted)
                and all(self._models[name].gone() for name in _MODELS if name not in self._wanted)
                and all(self._stage.loaded(pod) == names for pod in _PODS))

    def served(self, pod: str) -> dict[str, str]:
        """What the worker serves, by the calls that reached it: a load of a name that is there changes nothing."""
        held: dict[str, str] = {}
        for call in self._stage.calls(pod):
            what, name, *uri = call.split(" ", 2)
            if what == "load":
                held.setdefault(name, uri[0])
            else:
                held.pop(name, None)
        return held

    def wanted(self) -> dict[str, str]:
        return {name: self._uri(source) for name, source in self._wanted.values()}

    def delete_all(self) -> None:
        for name in self._wanted:
            self._models[name].delete()
        self._wanted.clear()

    def _want(self, name: str, adapter: str, source: str) -> None:
        self._wanted[name] = (adapter, source)

    def _uri(self, source: str) -> str:
        return f"file://{self._stage.fleet.adapter(source)}"


@pytest.fixture
def world(cluster, installed, make_stage, tmp_path):
    stage = make_stage()
    for number, pod in enumerate(_PODS):
        stage.add_worker(pod, f"10.200.6.{5 + number}")
    world = World(cluster, stage, random.Random(_SEED))
    # No lease: its hand-over is life_test.py's subject, and takes 15 s after each kill. A deleted model waits for a load
    # that a killed process sent and nobody knows the end of: not for minutes here.
    with Operator(tmp_path, installed, "--leader-elect=false", "--unload-give-up", "10s") as operator:
        yield stage, world, operator
        world.delete_all()
        wait_for(world.settled, "everything gone")


def test_it_converges_after_any_number_of_kills(world):
    stage, world, operator = world
    chance = random.Random(_SEED + 1)
    print(f"DYNAMOD_E2E_SEED={_SEED}")
    for kill in range(1, _KILLS + 1):
        world.change()
        time.sleep(chance.uniform(0, _LIFE_SECONDS_MAX))
        operator.process.kill()
        for _ in range(chance.randrange(3)):
            world.change()
        operator.start()
        if kill % 10 == 0:
            wait_for(world.settled, f"settled after kill {kill}")
            for pod in _PODS:
                assert world.served(pod) == world.wanted()
    wait_for(world.settled, "settled at the end")
    calls = [stage.calls(pod) for pod in _PODS]
    for _ in range(3):
        operator.process.kill()
        operator.start()
        operator.wait_ready()
        time.sleep(chance.uniform(0, _LIFE_SECONDS_MAX))
    assert [stage.calls(pod) for pod in _PODS] == calls, "a kill in peace causes no call"
