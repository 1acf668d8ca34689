"""An operator for one namespace: it works, and holds no right outside."""

import subprocess

from conftest import LoraModel, shell_environment, wait_for
from harness.operator import Operator, install_namespaced


def test_an_operator_of_one_namespace_needs_no_right_outside_it(cluster, make_stage, tmp_path):
    stage = make_stage()
    namespace = stage.kubelet.namespace
    kubeconfig = install_namespaced(cluster, namespace)
    stage.add_worker("worker-0", "10.200.6.5")
    model = LoraModel(cluster, namespace)
    with Operator(tmp_path, kubeconfig, "--namespace", namespace) as operator:
        model.create(f"file://{stage.fleet.adapter('alpha')}")
        wait_for(lambda: model.ready(1), "endpoint ready")
        model.delete()
        wait_for(model.gone, "object gone")
        assert operator.process.stop() == 0

    rights = subprocess.run(["kubectl", "auth", "can-i", "--list", "--namespace", "kube-system"],
                            env=shell_environment(kubeconfig), capture_output=True, text=True, check=True).stdout
    for resource in ("pods", "services", "secrets", "endpointslices", "dynamomodels", "leases"):
        assert not any(line.startswith(resource) for line in rights.splitlines()), rights
