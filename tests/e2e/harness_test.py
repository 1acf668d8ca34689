"""The harness itself: what the other tests rely on, shown without the operator."""

import json
import subprocess
import time

import pytest

from conftest import shell_environment
from harness import transcript, workers
from harness.kube import ApiError
from harness.kubelet import HASH_LABEL, base_model_hash


def test_base_model_hash_is_dynamos():
    assert base_model_hash("Qwen/Qwen3-0.6B") == "fb68f5a6"


def test_pods_get_endpoint_slices_and_lives(cluster, make_stage):
    kubelet = make_stage().kubelet
    first = kubelet.create_worker_pod("worker-0", "10.200.3.5", workers.BASE_MODEL)
    namespace = f"/namespaces/{kubelet.namespace}"
    cluster.api.create(f"/api/v1{namespace}/services", {
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "workers"},
        "spec": {"clusterIP": "None", "selector": {HASH_LABEL: "fb68f5a6"}, "ports": [{"port": 9090}]}})

    def addresses(ready: bool) -> list[str]:
        slices = cluster.api.get(f"/apis/discovery.k8s.io/v1{namespace}/endpointslices")["items"]
        return [address for item in slices for endpoint in item["endpoints"] or []
                if endpoint["conditions"]["ready"] == ready for address in endpoint["addresses"]]

    wait_until(lambda: addresses(ready=True) == ["10.200.3.5"])
    kubelet.set_ready("worker-0", False)
    wait_until(lambda: addresses(ready=False) == ["10.200.3.5"])

    kubelet.restart_container("worker-0")
    second = kubelet.pod("worker-0")
    container = first["status"]["containerStatuses"][0], second["status"]["containerStatuses"][0]
    assert container[0]["containerID"] != container[1]["containerID"]
    assert [status["restartCount"] for status in container] == [0, 1]

    kubelet.begin_termination("worker-0")
    assert "deletionTimestamp" in kubelet.pod("worker-0")["metadata"]
    kubelet.delete("worker-0")
    wait_until(lambda: addresses(True) + addresses(False) == [])


def test_a_user_without_a_group_has_no_rights(cluster, tmp_path):
    done = subprocess.run(["kubectl", "get", "pods"], env=shell_environment(cluster.user("nobody")), text=True,
                          capture_output=True)
    assert done.returncode == 1
    assert 'User "nobody" cannot list resource "pods"' in done.stderr


def test_an_api_error_carries_its_reason(cluster):
    with pytest.raises(ApiError, match="404 NotFound: pods \"absent\" not found"):
        cluster.api.get("/api/v1/namespaces/default/pods/absent")
    assert cluster.api.find("/api/v1/namespaces/default/pods/absent") is None


@pytest.mark.parametrize("version", workers.DYNAMO_VERSIONS)
def test_completions_prove_the_weights(version, s3, tmp_path):
    addresses = ["10.200.3.5", "10.200.3.6"]
    with workers.Fleet(tmp_path, version) as fleet:
        for address in addresses:
            fleet.start_worker(address)
        fleet.start_frontend()
        sources = {"alpha": f"file://{fleet.adapter('alpha')}", "beta": s3.upload(fleet.adapter("beta"), "loras", "beta")}
        for name, uri in sources.items():
            for address in addresses:
                assert load(address, name, uri)["status"] == "success"
        wait_until(lambda: set(sources) <= workers.served_models())
        for model, adapter in ((workers.BASE_MODEL, None), ("alpha", "alpha"), ("beta", "beta")):
            assert {workers.ask(model) for _ in range(6)} == {fleet.answer(adapter)}
        assert len({fleet.answer(name) for name in (None, "alpha", "beta", "gamma")}) == 4

        again = load(addresses[0], "alpha", sources["beta"])  # no stock worker compares the URI
        assert again["message"] == "LoRA adapter 'alpha' already loaded"
        for name in ("broken", "noconfig", "bigrank"):
            assert load(addresses[0], name, f"file://{fleet.adapter(name)}")["status"] == "error"
        fleet.restart_worker(addresses[0])
        assert [workers.adapters_on(address) for address in addresses] == [set(), {"alpha", "beta"}]


def load(address: str, name: str, uri: str) -> dict:
    _, body = workers.call("POST", f"{workers.worker_url(address)}/v1/loras", {"lora_name": name, "source": {"uri": uri}})
    return json.loads(body)


def wait_until(condition) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("expected, actual, same", [
    (["my-lora   2  2  {}"], ["my-lora      2   2   30s"], True),
    (["my-lora   2  2  {}"], ["my-lora      2   1   30s"], False),
    (["a", "...", "z"], ["a", "b", "c", "z"], True),
    (["a", "...", "z"], ["a", "z"], True),
    (["a", "...", "z"], ["a", "z", "more"], False),
    (["Found {...} total: {}"], ["Found 1 ready out of 2 total: w-0"], True),
    ([], ["unexpected"], False),
    (["missing"], [], False),
])
def test_a_transcript_compares_lines(expected, actual, same):
    assert transcript.matches(expected, actual) == same


def test_a_transcript_names_the_line_that_failed(tmp_path):
    path = tmp_path / "session.txt"
    path.write_text("# A session.\n$ echo one\none\n$ echo two; exit 3\ntwo\n[exit 3]\n! shout hello\nHELLO\n$ echo x\ny\n")
    session = transcript.Transcript(path, tmp_path, {"PATH": "/usr/bin:/bin"}, {"shout": str.upper})
    with pytest.raises(transcript.TranscriptFailed, match=r"session.txt:9: echo x\n--- expected\ny\n--- printed\nx"):
        session.run()
