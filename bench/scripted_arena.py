"""The same actors before an API server in memory, which costs next to nothing: what is left is the operator's own cost."""

import json
import urllib.request
from pathlib import Path

from arena import BENCH, TOOLS, Actors, Base, Farm
from harness.process import Process

_ADDRESS = "127.0.0.1:6080"


class ScriptedArena(Actors):
    """Started by `with`; `bases` names one base model and its number of workers."""

    def __init__(self, folder: Path, bases: dict[str, int]):
        super().__init__(folder)
        ((name, count),) = bases.items()
        self.bases[name] = Base(name, 0, count)
        self.user = self.kubeconfig = folder / "kubeconfig"

    def __enter__(self) -> "ScriptedArena":
        (base,) = self.bases.values()
        self.kubeconfig.write_text(f"""\
apiVersion: v1
kind: Config
clusters: [{{name: scripted, cluster: {{server: "http://{_ADDRESS}"}}}}]
users: [{{name: scripted, user: {{}}}}]
contexts: [{{name: scripted, context: {{cluster: scripted, user: scripted}}}}]
current-context: scripted
""")
        self.farm = Farm(self.folder, base.count)
        self._api = Process("scripted_api_server", [
            TOOLS / "scripted_api_server", "--listen", _ADDRESS, "--namespace", BENCH, "--base", base.name, "--first",
            base.address(0), "--workers", base.count], self.folder / "scripted_api_server.log")
        self._api.wait_until(lambda: '"listening"' in self._api.log.read_text(), 30, "listening port")
        return self

    def __exit__(self, *_) -> None:
        self._api.stop()
        self.farm.process.stop()

    def mark(self) -> dict[str, int]:
        with urllib.request.urlopen(f"http://{_ADDRESS}/counts", timeout=10) as answer:
            return json.loads(answer.read())

    def requests_since(self, mark: dict[str, int]) -> dict[str, int]:
        """Of all callers: the user's creates and watch are among them."""
        return {what: count - mark.get(what, 0) for what, count in self.mark().items() if count > mark.get(what, 0)}
