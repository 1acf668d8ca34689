"""The admission webhook as the API server calls it: through its Service, with the certificate the operator made."""

from pathlib import Path

from conftest import shell_environment, wait_for
from harness.kubelet import Kubelet
from harness.namespace import GATEWAY
from harness.operator import SYSTEM_NAMESPACE, Operator
from harness.transcript import Transcript

_TESTDATA = Path(__file__).parent / "testdata"


def test_bad_objects_are_refused_with_what_to_write_instead(cluster, installed, tmp_path):
    kubelet = Kubelet(cluster.api, SYSTEM_NAMESPACE)
    kubelet.prepare()
    with Operator(tmp_path, installed, "--webhook-bind-address", f"{GATEWAY}:9443") as operator:
        operator.wait_ready()
        # The operator runs outside; this pod is how its Service finds it.
        kubelet.create_pod("operator", GATEWAY, True, {"app.kubernetes.io/name": "dynamo-operator"},
                           ports={"webhook": 9443})
        try:
            wait_for(lambda: webhook_found(cluster), "the Service has the webhook's endpoint")
            environment = shell_environment(cluster.user("author", "system:masters", SYSTEM_NAMESPACE))
            Transcript(_TESTDATA / "refused.txt", _TESTDATA / "refused", environment).run()
        finally:
            kubelet.delete("operator")


def webhook_found(cluster) -> bool:
    """failurePolicy is Ignore: until then everything passes."""
    slices = cluster.api.get(f"/apis/discovery.k8s.io/v1/namespaces/{SYSTEM_NAMESPACE}/endpointslices",
                             labelSelector="kubernetes.io/service-name=dynamo-operator-webhook-service")["items"]
    return any(endpoint["conditions"]["ready"] for item in slices for endpoint in item["endpoints"] or [])
