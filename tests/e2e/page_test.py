"""The documentation page, word for word, against the real API server: testdata/page.txt."""

from pathlib import Path

from conftest import shell_environment
from harness import workers
from harness.operator import SYSTEM_NAMESPACE, Operator
from harness.transcript import Transcript

_TESTDATA = Path(__file__).parent / "testdata"


def test_the_page_works_from_top_to_bottom(cluster, installed, make_stage, s3, tmp_path):
    stage = make_stage(name=SYSTEM_NAMESPACE)
    fleet = stage.fleet

    def whose_weights(model: str) -> str:
        speakers = {fleet.answer(name): name or "base" for name in (None, "alpha", "beta", "gamma")}
        return " and ".join(sorted({speakers.get(text, text) for text in (workers.ask(model) for _ in range(6))}))

    actions = {
        "upload": lambda adapter, bucket, prefix: void(s3.upload(fleet.adapter(adapter), bucket, prefix)),
        "worker": lambda pod, address: void(stage.add_worker(pod, address)),
        "frontend": lambda: void(fleet.start_frontend()),
        "ready": lambda pod, word: stage.kubelet.set_ready(pod, word == "yes"),
        "restart": lambda pod: stage.restart_worker(pod),
        "loaded": lambda pod: " ".join(sorted(stage.loaded(pod))),
        "ask": whose_weights,
    }
    with Operator(tmp_path, installed) as operator:
        environment = shell_environment(cluster.user("page", "system:masters", SYSTEM_NAMESPACE))
        environment["BASH_ENV"] = str(write_functions(tmp_path, operator))
        Transcript(_TESTDATA / "page.txt", _TESTDATA / "page", environment, actions).run()
        assert operator.process.stop() == 0


def write_functions(folder: Path, operator: Operator) -> Path:
    """`kubectl logs` needs a kubelet; here the operator's log is a file."""
    path = folder / "functions.sh"
    path.write_text(f"operator-logs() {{ cat {operator.process.log}; }}\n")
    return path


def void(_value) -> None:
    """An action that prints nothing."""
