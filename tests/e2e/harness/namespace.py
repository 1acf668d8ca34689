"""A network namespace for one run: 10.200.0.0/16 is local in it, and nothing can leave it.

The API server refuses loopback addresses in EndpointSlices, so pods need others. An unnamed namespace cannot meet
that of another run, and the kernel removes it with its last process. Works without root where the kernel lets users
make namespaces, as Debian's does.
"""

import os
import subprocess
import sys

NETWORK = "10.200.0.0/16"
GATEWAY = "10.200.0.1"  # the API server's advertised address
_STATE = "DYNAMOD_NETWORK_NAMESPACE"  # unset, then "new" across the restart, then the namespace's own name

_USER = "DYNAMOD_USER_NAMESPACE"  # set when there is one around it, which a user without root needs


def enter() -> None:
    """Restarts this program inside a new namespace, unless it is already in one that this function made."""
    here = os.readlink("/proc/self/ns/net")
    if os.environ.get(_STATE) == here:
        return
    if os.environ.get(_STATE) == "new":
        _prepare()
        os.environ[_STATE] = here
        return
    os.environ[_STATE] = "new"
    user = []
    if os.geteuid() != 0:
        user = ["--user", "--map-root-user"]
        os.environ[_USER] = "new"
    os.execvp("unshare", ["unshare", *user, "--net", "--", sys.executable, *sys.orig_argv[1:]])


def entered() -> bool:
    """False on the first run of a program that calls `enter`: the network can still be reached."""
    return _STATE in os.environ


def _prepare() -> None:
    for command in ("link set lo up", f"route add local {NETWORK} dev lo", f"address add {GATEWAY}/32 dev lo"):
        subprocess.run(["ip", *command.split()], check=True)
    for name in ("http_proxy", "https_proxy", "all_proxy"):  # no proxy can be reached from here
        os.environ.pop(name, None)
        os.environ.pop(name.upper(), None)


def enter_command() -> list[str]:
    """What another shell of the same user puts before a command to run it in this namespace."""
    user = ["--user", "--preserve-credentials"] if _USER in os.environ else []
    return ["nsenter", "--target", str(os.getpid()), *user, "--net"]
