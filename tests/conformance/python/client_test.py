"""What an operator's script does with the Python client: typed calls, patches, watches, informers, YAML files."""

import threading
import time
import uuid

import pytest
import yaml
from kubernetes import client, config, informer, utils, watch
from kubernetes.client.rest import ApiException

LIMIT_SECONDS = 20


@pytest.fixture(scope="session", autouse=True)
def api_client():
    config.load_kube_config()
    return client.ApiClient()


@pytest.fixture
def core():
    return client.CoreV1Api()


@pytest.fixture
def name():
    return f"py-{uuid.uuid4().hex[:8]}"


def pod(name: str, **labels) -> dict:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels},
        "spec": {"containers": [{"name": "main", "image": "nowhere/none", "command": ["sleep", "3600"]}]},
    }


def until(condition):
    deadline = time.monotonic() + LIMIT_SECONDS
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, "not within the limit"
        time.sleep(0.05)


def refusal(call, *arguments, **named) -> ApiException:
    with pytest.raises(ApiException) as caught:
        call(*arguments, **named)
    return caught.value


def test_a_pod_from_its_making_to_its_end(core, name):
    made = core.create_namespaced_pod("default", pod(name, app=name))
    assert (made.status.phase, made.spec.restart_policy, made.metadata.generation) == ("Pending", "Always", 1)
    assert made.spec.containers[0].image_pull_policy == "Always"
    assert core.read_namespaced_pod(name, "default").metadata.uid == made.metadata.uid
    found = core.list_namespaced_pod("default", label_selector=f"app={name}")
    assert [each.metadata.name for each in found.items] == [name]
    deleted = core.delete_namespaced_pod(name, "default")
    assert deleted.metadata.name == name
    until(lambda: not core.list_namespaced_pod("default", label_selector=f"app={name}").items)
    assert refusal(core.read_namespaced_pod, name, "default").status == 404


def test_a_pod_twice_is_a_conflict(core, name):
    core.create_namespaced_pod("default", pod(name))
    second = refusal(core.create_namespaced_pod, "default", pod(name))
    assert (second.status, "AlreadyExists" in second.body) == (409, True)
    core.delete_namespaced_pod(name, "default", grace_period_seconds=0)


def test_a_pod_without_containers_is_refused(core, name):
    broken = pod(name)
    broken["spec"]["containers"] = []
    answer = refusal(core.create_namespaced_pod, "default", broken)
    assert answer.status == 422
    assert "spec.containers: Required value" in answer.body


def test_replace_with_an_old_version_is_a_conflict(core, name):
    made = core.create_namespaced_config_map("default", {"metadata": {"name": name}, "data": {"a": "1"}})
    made.data["a"] = "2"
    assert core.replace_namespaced_config_map(name, "default", made).data == {"a": "2"}
    assert refusal(core.replace_namespaced_config_map, name, "default", made).status == 409
    core.delete_namespaced_config_map(name, "default")


def test_three_kinds_of_patch(core, api_client, name):
    core.create_namespaced_service("default", {
        "metadata": {"name": name}, "spec": {"ports": [{"name": "http", "port": 80}], "selector": {"app": name}}})
    body = {"spec": {"ports": [{"name": "grpc", "port": 81}]}}  # strategic: merged by port
    patched = core.patch_namespaced_service(name, "default", body)
    assert sorted(each.port for each in patched.spec.ports) == [80, 81]
    body = [{"op": "replace", "path": "/spec/ports/0/name", "value": "renamed"}]
    patched = core.patch_namespaced_service(name, "default", body)
    assert patched.spec.ports[0].name == "renamed"
    api_client.set_default_header("Content-Type", "application/merge-patch+json")
    try:
        patched = client.CoreV1Api(api_client).patch_namespaced_service(name, "default", {"spec": {"ports": [{"port": 8080}]}})
    finally:
        del api_client.default_headers["Content-Type"]
    assert [each.port for each in patched.spec.ports] in ([8080], [8080, 80])
    core.delete_namespaced_service(name, "default")


def test_a_service_has_an_address(core, name):
    made = core.create_namespaced_service("default", {"metadata": {"name": name}, "spec": {"ports": [{"port": 80}]}})
    assert made.spec.cluster_ip and made.spec.cluster_ip != "None"
    assert made.spec.ports[0].target_port == 80
    core.delete_namespaced_service(name, "default")


def test_a_job(name):
    batch = client.BatchV1Api()
    made = batch.create_namespaced_job("default", {
        "metadata": {"name": name},
        "spec": {"template": {"spec": {"restartPolicy": "Never",
                                       "containers": [{"name": "main", "image": "nowhere/none"}]}}}})
    assert (made.spec.backoff_limit, made.spec.completions, made.spec.parallelism) == (6, 1, 1)
    assert made.spec.selector.match_labels["batch.kubernetes.io/controller-uid"] == made.metadata.uid
    assert batch.read_namespaced_job_status(name, "default").metadata.name == name
    batch.delete_namespaced_job(name, "default", propagation_policy="Background")


def test_scale_of_a_deployment(name):
    apps = client.AppsV1Api()
    template = {"metadata": {"labels": {"app": name}}, "spec": pod(name)["spec"]}
    apps.create_namespaced_deployment("default", {
        "metadata": {"name": name}, "spec": {"replicas": 0, "selector": {"matchLabels": {"app": name}}, "template": template}})
    assert apps.patch_namespaced_deployment_scale(name, "default", {"spec": {"replicas": 2}}).spec.replicas == 2
    assert apps.read_namespaced_deployment(name, "default").spec.replicas == 2
    apps.delete_namespaced_deployment(name, "default", propagation_policy="Background")


def test_a_watch_tells_each_change_once_and_in_order(core, name):
    start = core.list_namespaced_config_map("default").metadata.resource_version
    core.create_namespaced_config_map("default", {"metadata": {"name": name, "labels": {"t": name}}, "data": {"a": "1"}})
    core.patch_namespaced_config_map(name, "default", {"data": {"a": "2"}})
    core.delete_namespaced_config_map(name, "default")
    seen = []
    for event in watch.Watch().stream(core.list_namespaced_config_map, "default", resource_version=start,
                                      label_selector=f"t={name}", timeout_seconds=LIMIT_SECONDS):
        seen.append((event["type"], event["object"].data["a"]))
        if event["type"] == "DELETED":
            break
    assert seen == [("ADDED", "1"), ("MODIFIED", "2"), ("DELETED", "2")]


def test_a_watch_from_a_version_that_is_gone_or_never_was(core):
    error = refusal(core.list_namespaced_config_map, "default", resource_version="not-a-version")
    assert error.status == 400


def test_a_list_in_pieces_is_whole(core, name):
    for index in range(7):
        core.create_namespaced_config_map("default", {"metadata": {"name": f"{name}-{index}", "labels": {"t": name}}})
    seen, token = [], None
    while True:
        page = core.list_namespaced_config_map("default", label_selector=f"t={name}", limit=3, _continue=token)
        seen += [each.metadata.name for each in page.items]
        token = page.metadata._continue
        if not token:
            break
    assert seen == [f"{name}-{index}" for index in range(7)]
    core.delete_collection_namespaced_config_map("default", label_selector=f"t={name}")
    assert not core.list_namespaced_config_map("default", label_selector=f"t={name}").items


def test_an_informer_follows(core, name):
    followed = informer.SharedInformer(list_func=core.list_namespaced_config_map, namespace="default",
                                       label_selector=f"t={name}")
    added, deleted = threading.Event(), threading.Event()
    followed.add_event_handler(informer.ADDED, lambda _: added.set())
    followed.add_event_handler(informer.DELETED, lambda _: deleted.set())
    followed.start()
    try:
        core.create_namespaced_config_map("default", {"metadata": {"name": name, "labels": {"t": name}}})
        assert added.wait(LIMIT_SECONDS)
        core.delete_namespaced_config_map(name, "default")
        assert deleted.wait(LIMIT_SECONDS)
    finally:
        followed.stop()


def test_objects_from_yaml(api_client, core, name, tmp_path):
    objects = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"k": "v"}},
               {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"k": "v"}}]
    file = tmp_path / "objects.yaml"
    file.write_text(yaml.safe_dump_all(objects))
    utils.create_from_yaml(api_client, str(file))
    assert core.read_namespaced_secret(name, "default").data == {"k": "dg=="}
    with pytest.raises(utils.FailToCreateError):
        utils.create_from_yaml(api_client, str(file))
    core.delete_namespaced_config_map(name, "default")
    core.delete_namespaced_secret(name, "default")
