"""The main job with each version of Dynamo's runtime, over file:// and s3://: completions prove what is loaded."""

import pytest

from conftest import LoraModel, wait_for
from harness import workers
from harness.operator import Operator

_PODS = {"worker-0": "10.200.2.5", "worker-1": "10.200.2.6"}


@pytest.mark.parametrize("scheme", ["file", "s3"])
@pytest.mark.parametrize("version", workers.DYNAMO_VERSIONS)
def test_loads_reloads_and_unloads(version, scheme, cluster, installed, make_stage, s3, tmp_path):
    stage = make_stage(version)
    fleet = stage.fleet
    model = LoraModel(cluster, stage.kubelet.namespace)

    def source(adapter: str) -> str:
        folder = fleet.adapter(adapter)
        return f"file://{folder}" if scheme == "file" else s3.upload(folder, "my-bucket", f"loras/{version}/{adapter}")

    def wait_for_answer(name: str, adapter: str | None) -> None:
        """Every worker answers with these weights; the frontend learns of a change a moment after the worker."""
        wait_for(lambda: {workers.ask(name) for _ in range(3 * len(_PODS))} == {fleet.answer(adapter)},
                 f"{name} answered by {adapter or 'the base model'} alone")

    for pod, address in _PODS.items():
        stage.add_worker(pod, address)
    fleet.start_frontend()
    with Operator(tmp_path, installed):
        alpha, beta = source("alpha"), source("beta")
        model.create(alpha)
        wait_for(lambda: model.ready(len(_PODS)), "both endpoints ready")
        wait_for_answer("my-custom-lora", "alpha")
        wait_for_answer(workers.BASE_MODEL, None)

        model.set_source(beta)
        wait_for(lambda: model.ready(len(_PODS)), "both endpoints ready again")
        wait_for_answer("my-custom-lora", "beta")

        model.delete()
        wait_for(model.gone, "object gone")
        wait_for_answer(workers.BASE_MODEL, None)
        for pod in _PODS:
            assert stage.loaded(pod) == set()
            assert stage.calls(pod) == [f"load my-custom-lora {alpha}", "unload my-custom-lora",
                                        f"load my-custom-lora {beta}", "unload my-custom-lora"]
