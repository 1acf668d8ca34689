"""The suites by name, in the order they run. A suite is a module with

prepare():    fetches and builds, with network, before any server runs
CONTROLLERS:  whether Kubernetes' controllers run beside the server
run(server):  a Result
"""

from . import controller_runtime, helm, kubectl, python_client

SUITES = {
    "controller-runtime/client": controller_runtime.CLIENT,
    "controller-runtime/cache": controller_runtime.CACHE_SUITE,
    "python/dynamic": python_client.DYNAMIC,
    "python/client": python_client.CLIENT,
    "helm": helm,
    "kubectl": kubectl,
}
