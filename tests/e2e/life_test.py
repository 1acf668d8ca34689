"""What must not disturb loaded adapters: the operator or the API server ends and comes back, workers come and go."""

import signal

import pytest

from conftest import LoraModel, wait_for
from harness.operator import Operator

_LOAD = "load my-custom-lora file://{}"


@pytest.fixture
def loaded(cluster, installed, make_stage, tmp_path):
    """One worker that holds one adapter, and the operator that put it there."""
    stage = make_stage()
    stage.add_worker("worker-0", "10.200.4.5")
    model = LoraModel(cluster, stage.kubelet.namespace)
    with Operator(tmp_path, installed) as operator:
        model.create(f"file://{stage.fleet.adapter('alpha')}")
        wait_for(lambda: model.ready(1), "endpoint ready")
        yield stage, model, operator
        if not model.gone():
            model.delete()
            wait_for(model.gone, "object gone")


def test_a_killed_operator_reloads_nothing(loaded):
    stage, model, operator = loaded
    operator.process.kill()
    model.set_source(f"file://{stage.fleet.adapter('beta')}")
    operator.start()
    wait_for(lambda: model.ready(1), "ready with the source that changed meanwhile")
    operator.process.kill()
    operator.start()
    stage.add_worker("worker-1", "10.200.4.6")  # shows that the new operator has looked
    wait_for(lambda: model.ready(2), "the new worker ready")
    assert stage.calls("worker-0") == [_LOAD.format(stage.fleet.adapter("alpha")), "unload my-custom-lora",
                                       _LOAD.format(stage.fleet.adapter("beta"))]
    assert stage.calls("worker-1") == [_LOAD.format(stage.fleet.adapter("beta"))]


def test_a_model_deleted_while_the_operator_is_down_is_unloaded(loaded):
    stage, model, operator = loaded
    operator.process.kill()
    model.delete()
    assert not model.gone()  # the finalizer holds it
    operator.start()
    wait_for(model.gone, "object gone")
    assert stage.loaded("worker-0") == set()


def test_an_api_server_that_restarts_changes_nothing(loaded, cluster):
    stage, model, operator = loaded
    cluster.processes["kube-apiserver"].stop()
    cluster.start_api_server()
    stage.add_worker("worker-1", "10.200.4.6")
    wait_for(lambda: model.ready(2), "the new worker ready")
    assert stage.calls("worker-0") == [_LOAD.format(stage.fleet.adapter("alpha"))]
    assert operator.process.exit_code is None


def test_a_worker_that_lost_its_adapters_gets_them_back(loaded):
    stage, model, _ = loaded
    stage.restart_worker("worker-0")
    wait_for(lambda: stage.loaded("worker-0") == {"my-custom-lora"}, "loaded again")
    wait_for(lambda: model.ready(1), "endpoint ready again")


def test_a_frozen_leader_is_followed_by_another(cluster, installed, make_stage, tmp_path):
    stage = make_stage()
    stage.add_worker("worker-0", "10.200.4.5")
    model = LoraModel(cluster, stage.kubelet.namespace)
    with Operator(tmp_path, installed, "--leader-elect", name="first") as first:
        model.create(f"file://{stage.fleet.adapter('alpha')}")
        wait_for(lambda: model.ready(1), "endpoint ready")
        with Operator(tmp_path, installed, "--leader-elect", name="second", first_port=8090):
            first.process.signal(signal.SIGSTOP)
            model.set_source(f"file://{stage.fleet.adapter('beta')}")
            wait_for(lambda: model.ready(1), "ready through the second operator")
            first.process.signal(signal.SIGCONT)
            model.delete()
            wait_for(model.gone, "object gone")
    assert stage.calls("worker-0") == [
        _LOAD.format(stage.fleet.adapter("alpha")), "unload my-custom-lora",
        _LOAD.format(stage.fleet.adapter("beta")), "unload my-custom-lora"]
