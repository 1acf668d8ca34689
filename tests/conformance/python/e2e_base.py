"""Stands in for kubernetes.e2e_test.base, which the client's dynamic tests import and its wheel leaves out."""

import sys
import types

from kubernetes import client, config


def get_e2e_configuration() -> client.Configuration:
    configuration = client.Configuration()
    config.load_kube_config(client_configuration=configuration)
    return configuration


_package = types.ModuleType("kubernetes.e2e_test")
_package.base = types.ModuleType("kubernetes.e2e_test.base")
_package.base.get_e2e_configuration = get_e2e_configuration
sys.modules["kubernetes.e2e_test"] = _package
sys.modules["kubernetes.e2e_test.base"] = _package.base
