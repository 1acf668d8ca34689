"""A model that is deleted while a worker does not answer: what the pod keeps is written down, and paid later."""

import json
import signal

import pytest

from conftest import LoraModel, wait_for
from harness.operator import Operator

_CONDITION = "dynamod.dev/AdapterDebt"


def debt(stage, pod: str) -> list[str]:
    conditions = stage.kubelet.pod(pod)["status"].get("conditions", [])
    return [name for c in conditions if c["type"] == _CONDITION for name in json.loads(c["message"])]


@pytest.fixture
def owing(cluster, installed, make_stage, tmp_path):
    """A pod that owes an unload: its worker was frozen while the model was deleted."""
    stage = make_stage()
    stage.add_worker("worker-0", "10.200.5.5")
    model = LoraModel(cluster, stage.kubelet.namespace)
    worker = stage.fleet.workers["10.200.5.5"]
    with Operator(tmp_path, installed, "--unload-give-up", "3s", "--list-timeout", "1s"):
        model.create(f"file://{stage.fleet.adapter('alpha')}")
        wait_for(lambda: model.ready(1), "endpoint ready")
        worker.signal(signal.SIGSTOP)
        model.delete()
        wait_for(model.gone, "object gone although the worker does not answer")
        yield stage, model, worker


def test_a_debt_is_written_on_the_pod_and_paid_when_it_answers(owing):
    stage, _, worker = owing
    assert debt(stage, "worker-0") == ["my-custom-lora"]
    worker.signal(signal.SIGCONT)
    wait_for(lambda: stage.loaded("worker-0") == set(), "adapter unloaded")
    wait_for(lambda: debt(stage, "worker-0") == [], "condition gone")


def test_a_debt_for_a_name_that_lives_again_is_paid_by_loading_anew(owing):
    stage, model, worker = owing
    model.create(f"file://{stage.fleet.adapter('beta')}")
    worker.signal(signal.SIGCONT)
    wait_for(lambda: model.ready(1), "endpoint ready")
    wait_for(lambda: debt(stage, "worker-0") == [], "condition gone")
    assert stage.calls("worker-0")[-1] == f"load my-custom-lora file://{stage.fleet.adapter('beta')}"
    model.delete()
    wait_for(model.gone, "object gone")
