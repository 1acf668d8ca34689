"""What is measured: each scenario gets a fresh arena, repeats its runs in turn, and gives lines of text."""

import os
import re
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

from arena import BENCH, Actors, Arena, Base, peak_mib
from scripted_arena import ScriptedArena

BASE = "bench/base"
_HUNG = "bench/hung"
_BARE = "bare"  # the namespace of models that no operator sees
_READY_MODELS = 1000
_WORKERS = 10
_FEW_WORKERS = 2
_RESTART_WINDOW_SECONDS = 15
_IDLE_SECONDS = 60


@dataclass
class Sample:
    """One run. `loads` is POSTs for each (model, endpoint), `requests` what the API server was asked."""
    seconds: float
    load: float  # of the machine, at its beginning
    loads: float = 0
    loads_of_one_max: int = 0
    requests: dict[str, int] = field(default_factory=dict)
    cpu_seconds: float = 0
    resident_mib: float = 0
    peak_mib: float = 0
    p50_seconds: float = 0
    created_seconds: float = 0


def median(samples: list[Sample], name: str) -> float:
    return statistics.median(getattr(sample, name) for sample in samples)


def spread(samples: list[Sample]) -> str:
    return ", ".join(f"{sample.seconds:.3f}" for sample in samples)


def loads(samples: list[Sample]) -> str:
    return f"machine load {min(s.load for s in samples):.1f} to {max(s.load for s in samples):.1f}"


def parse_size(name: str) -> tuple[int, int, float] | None:
    """Models, endpoints and seconds of a load of "100x10", "100x10@0.5" or "scripted:100x10"."""
    match = re.fullmatch(r"(?:scripted:)?(\d+)x(\d+)(?:@([\d.]+))?", name)
    return (int(match[1]), int(match[2]), float(match[3] or 0)) if match else None


def parse_beside(name: str) -> int | None:
    """Ready models of "beside:10000"."""
    match = re.fullmatch(r"beside:(\d+)", name)
    return int(match[1]) if match else None


def converge(folder: Path, name: str, runs: int) -> list[str]:
    """Models created at once until all are ready: the operator and the bare client in turn."""
    models, endpoints, load_seconds = parse_size(name)
    samples: dict[str, list[Sample]] = {"operator": [], "limit": []}
    make = ScriptedArena if name.startswith("scripted:") else Arena
    with make(folder, {BASE: endpoints}) as arena:
        base = arena.bases[BASE]
        arena.farm.tell("behave", load_seconds=load_seconds)
        for run in range(runs):
            for actor in ("operator", "limit") if run % 2 == 0 else ("limit", "operator"):
                samples[actor].append(_converge_once(arena, base, actor, models))
    ours, limit = samples["operator"], samples["limit"]
    ratio = median(ours, "seconds") / median(limit, "seconds")
    requests = ours[-1].requests
    return [
        f"all ready: operator {median(ours, 'seconds'):.3f} s, limit {median(limit, 'seconds'):.3f} s, ratio {ratio:.2f}",
        f"  operator {spread(ours)}; limit {spread(limit)}; {loads(ours + limit)}",
        f"  {models * endpoints / median(ours, 'seconds'):.0f} loads/s",
        f"  half ready after {median(ours, 'p50_seconds'):.3f} s (limit {median(limit, 'p50_seconds'):.3f}); "
        f"creating took {median(ours, 'created_seconds'):.3f} s",
        f"  loads per (model, endpoint): {max(s.loads for s in ours):.3f}, most of one pair "
        f"{max(s.loads_of_one_max for s in ours)}",
        f"  per model: {_per_model(requests, models)}",
        f"  operator: {median(ours, 'cpu_seconds'):.2f} CPU-s, {median(ours, 'resident_mib'):.0f} MiB, peak "
        f"{median(ours, 'peak_mib'):.0f} MiB; bare client {median(limit, 'cpu_seconds'):.2f} CPU-s",
    ]


def _converge_once(arena: Actors, base: Base, actor: str, models: int) -> Sample:
    started = arena.start_operator().process if actor == "operator" else arena.start_bare(base)
    mark = arena.mark()
    load = os.getloadavg()[0]
    cpu_before = started.usage()[1]
    times = arena.create_models(base, models)
    requests = arena.requests_since(mark)
    resident, cpu = started.usage()
    sample = Sample(times["ready_seconds"], load, arena.farm.calls("POST") / (models * base.count),
                    arena.farm.loads_of_one_max(), requests, cpu - cpu_before, resident, peak_mib(started.pid),
                    times["p50_seconds"], times["created_seconds"])
    started.stop()
    arena.clear()
    return sample


def _per_model(requests: dict[str, int], models: int) -> str:
    shown = [f"{requests.get(what, 0) / models:.2f} {name}" for what, name in (
        ("patch dynamomodels", "finalizer patches"), ("patch dynamomodels/status", "status writes"),
        ("create events", "events"))]
    return ", ".join(shown) + f"; {sum(requests.values())} API requests in all"


def hung(folder: Path, runs: int) -> list[str]:
    """50 healthy models, with and without one model whose 20 workers accept and never answer, in turn."""
    samples: dict[str, list[Sample]] = {"beside": [], "alone": []}
    with Arena(folder, {BASE: _WORKERS, _HUNG: 20}) as arena:
        hung_base = arena.bases[_HUNG]
        arena.farm.tell("behave", first=hung_base.first, count=hung_base.count, hang=True)
        for run in range(runs):
            for case in ("beside", "alone") if run % 2 == 0 else ("alone", "beside"):
                operator = arena.start_operator()
                load = os.getloadavg()[0]
                if case == "beside":
                    _create_hung(arena)
                times = arena.create_models(arena.bases[BASE], 50)
                samples[case].append(Sample(times["ready_seconds"], load, p50_seconds=times["p50_seconds"]))
                operator.process.stop()
                arena.clear()
    beside, alone = samples["beside"], samples["alone"]
    return [
        f"50 models all ready: beside the hung one {median(beside, 'seconds'):.3f} s, without it "
        f"{median(alone, 'seconds'):.3f} s: later by {(median(beside, 'seconds') - median(alone, 'seconds')) * 1000:.0f} ms",
        f"  beside {spread(beside)}; without {spread(alone)}; {loads(beside + alone)}",
        f"  half ready after {median(beside, 'p50_seconds'):.3f} s and {median(alone, 'p50_seconds'):.3f} s",
    ]


def _create_hung(arena: Arena) -> None:
    arena.cluster.api.create(f"/apis/nvidia.com/v1alpha1/namespaces/{BENCH}/dynamomodels", {
        "apiVersion": "nvidia.com/v1alpha1", "kind": "DynamoModel", "metadata": {"name": "hung"},
        "spec": {"modelName": "hung", "baseModelName": _HUNG, "modelType": "lora", "source": {"uri": "s3://bucket/hung"}}})
    time.sleep(0.3)


def flip(folder: Path, runs: int) -> list[str]:
    """One pod's readiness, there and back, with 1,000 ready models; the bare client patches 1,000 others' status."""
    ours: list[Sample] = []
    limit: list[Sample] = []
    with Arena(folder, {BASE: _WORKERS}) as arena:
        base = arena.bases[BASE]
        arena.cluster.api.create("/api/v1/namespaces",
                                 {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": _BARE}})
        bare = arena.start_bare(base, _BARE)
        arena.create_models(base, _READY_MODELS, namespace=_BARE)
        bare.stop()
        arena.farm.forget()
        operator = arena.start_operator("--namespace", BENCH)
        arena.create_models(base, _READY_MODELS)
        posts, mark = arena.farm.calls("POST"), arena.mark()
        for _ in range(runs):
            for ready in (_WORKERS - 1, _WORKERS):
                ours.append(_flip_once(arena, base, ready))
                limit.append(_bare_flip_once(arena, base, ready))
        posts = arena.farm.calls("POST") - posts
        requests = arena.requests_since(mark)
        resident, _ = operator.process.usage()
        operator.process.stop()
    writes = requests.get("patch dynamomodels/status", 0) - len(limit) * _READY_MODELS
    ratio = median(ours, "seconds") / median(limit, "seconds")
    return [
        f"1,000 statuses: operator {median(ours, 'seconds'):.3f} s, limit {median(limit, 'seconds'):.3f} s, ratio {ratio:.2f}",
        f"  operator {spread(ours)}; limit {spread(limit)}; {loads(ours + limit)}",
        f"  {posts} POSTs; {writes / len(ours) / _READY_MODELS:.2f} status writes and "
        f"{requests.get('create events', 0) / len(ours) / _READY_MODELS:.2f} events per model and flip; "
        f"operator {resident:.0f} MiB",
    ]


def _flip_once(arena: Arena, base: Base, ready: int) -> Sample:
    load = os.getloadavg()[0]
    watch = arena.watch_models(base, _READY_MODELS, ready)
    started = time.monotonic()
    arena.kubelet.set_ready(base.pod(0), ready == base.count)
    _finish(watch)
    sample = Sample(time.monotonic() - started, load)
    time.sleep(2)  # a status is written at most once a second
    return sample


def _bare_flip_once(arena: Arena, base: Base, ready: int) -> Sample:
    load = os.getloadavg()[0]
    bare = arena.bare_flip(base, _BARE, ready)
    watch = arena.watch_models(base, _READY_MODELS, ready, _BARE)
    started = time.monotonic()
    bare.communicate("\n")
    _finish(watch)
    return Sample(time.monotonic() - started, load)


def _finish(process) -> None:
    process.communicate(timeout=300)
    if process.returncode != 0:
        raise RuntimeError(f"{process.args[0]} {process.args[1]} ended with {process.returncode}")


def restart(folder: Path, runs: int) -> list[str]:
    """The operator stopped and started with 1,000 ready models."""
    first_calls, posts, writes, cpu, machine_loads = [], [], [], [], []
    with Arena(folder, {BASE: _WORKERS}) as arena:
        operator = arena.start_operator()
        arena.create_models(arena.bases[BASE], _READY_MODELS)
        for _ in range(runs):
            operator.process.stop()
            arena.farm.tell("clear")
            mark = arena.mark()
            machine_loads.append(os.getloadavg()[0])
            started = time.time()
            operator = arena.start_operator()
            time.sleep(max(0, started + _RESTART_WINDOW_SECONDS - time.time()))
            first_calls.append(arena.farm.first_call_at() - started)
            posts.append(arena.farm.calls("POST"))
            cpu.append(operator.process.usage()[1])
            requests = arena.requests_since(mark)
            writes.append(", ".join(f"{count} {what}" for what, count in sorted(requests.items())
                                    if what.partition(" ")[0] in ("patch", "create") and "lease" not in what) or "none")
        operator.process.stop()
    return [
        f"first worker call after {statistics.median(first_calls):.3f} s ("
        + ", ".join(f"{seconds:.3f}" for seconds in first_calls)
        + f"); machine load {min(machine_loads):.1f} to {max(machine_loads):.1f}",
        f"  in {_RESTART_WINDOW_SECONDS} s: POSTs {posts}, API writes but leases: {'; '.join(writes)}; "
        f"{statistics.median(cpu):.2f} CPU-s",
    ]


def roll(folder: Path, _runs: int) -> list[str]:
    """A rolling restart of 10 pods that hold 100 adapters, one after the other, once."""
    models = 100
    with Arena(folder, {BASE: _WORKERS}) as arena:
        base = arena.bases[BASE]
        operator = arena.start_operator()
        arena.create_models(base, models)
        arena.farm.tell("clear")
        mark = arena.mark()
        for number in range(base.count):
            watch = arena.watch_models(base, models, base.count - 1)
            arena.kubelet.delete(base.pod(number))
            arena.farm.tell("restart", first=base.first + number, count=1)
            arena.kubelet.create_worker_pod(f"{base.pod(number)}-new", base.address(number), base.name, ready=False)
            _finish(watch)
            watch = arena.watch_models(base, models, base.count)
            arena.kubelet.set_ready(f"{base.pod(number)}-new")
            _finish(watch)
        posts, most = arena.farm.calls("POST"), arena.farm.loads_of_one_max()
        requests = arena.requests_since(mark)
        operator.process.stop()
    return [f"{posts} POSTs (needed: {models * base.count}), most of one pair {most}; {_per_model(requests, models)}"]


def idle(folder: Path, _runs: int) -> list[str]:
    """What 1,000 ready models on 10 workers cost in a minute in which nothing happens."""
    with Arena(folder, {BASE: _WORKERS}) as arena:
        operator = arena.start_operator()
        fresh = operator.process.usage()[0]
        arena.create_models(arena.bases[BASE], _READY_MODELS)
        time.sleep(5)  # the last status and events are written
        arena.farm.tell("clear")
        mark = arena.mark()
        load = os.getloadavg()[0]
        cpu = operator.process.usage()[1]
        time.sleep(_IDLE_SECONDS)
        resident, cpu_after = operator.process.usage()
        lists = arena.farm.calls("GET")
        peak = peak_mib(operator.process.pid)
        requests = arena.requests_since(mark)
        operator.process.stop()
    return [
        f"{cpu_after - cpu:.2f} CPU-s in {_IDLE_SECONDS} s, {resident:.0f} MiB (peak {peak:.0f}, without models {fresh:.0f}); "
        f"{lists} lists of workers; machine load {load:.1f}",
        "  API requests: " + (", ".join(f"{count} {what}" for what, count in sorted(requests.items())) or "none"),
    ]


def beside(folder: Path, others: int, runs: int) -> list[str]:
    """One new model beside so many ready ones: the first load, and all its endpoints ready."""
    first_loads, ready, machine_loads = [], [], []
    with Arena(folder, {BASE: _FEW_WORKERS}) as arena:
        base = arena.bases[BASE]
        operator = arena.start_operator()
        arena.create_models(base, others)
        time.sleep(5)  # the last status and events are written
        for run in range(runs):
            arena.farm.tell("clear")
            machine_loads.append(os.getloadavg()[0])
            times = arena.create_models(base, 1, prefix=f"new-{run}")
            first_loads.append(arena.farm.first_load_at() - times["added_at"])
            ready.append(times["ready_seconds"])
        resident, _ = operator.process.usage()
        operator.process.stop()
    return [
        f"beside {others} ready models: first load {statistics.median(first_loads) * 1000:.0f} ms after the watch event, "
        f"all ready after {statistics.median(ready) * 1000:.0f} ms",
        "  first loads " + ", ".join(f"{seconds * 1000:.0f}" for seconds in first_loads)
        + f" ms; machine load {min(machine_loads):.1f} to {max(machine_loads):.1f}; operator {resident:.0f} MiB",
    ]


NAMED = {"hung": hung, "flip": flip, "restart": restart, "roll": roll, "idle": idle}
DEFAULT = ("1x2", "1x200", "100x10", "100x10@0.5", "1000x10", "hung", "flip", "restart", "roll", "idle",
           "scripted:1000x10")


def exists(name: str) -> bool:
    return name in NAMED or bool(parse_size(name) or parse_beside(name))


def run(folder: Path, name: str, runs: int) -> list[str]:
    if parse_size(name):
        return converge(folder, name, runs)
    if others := parse_beside(name):
        return beside(folder, others, runs)
    return NAMED[name](folder, runs)
