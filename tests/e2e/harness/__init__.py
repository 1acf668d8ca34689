"""A real Kubernetes control plane and real Dynamo workers for tests, on one machine and without root.

Everything runs in a network namespace of its own (namespace.py) and dies with the process that started it
(process.py). Only Python's standard library is used; see ../README.md for the parts.
"""
