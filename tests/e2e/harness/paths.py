"""Where things are: this repository, and the user's cache folder, which outlives every clone."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
END_TO_END = REPOSITORY / "tests" / "e2e"
# The program under test; DYNAMOD_BINARY names another build, such as the one with sanitizers.
DYNAMOD = Path(os.environ.get("DYNAMOD_BINARY") or REPOSITORY / "build" / "release" / "src" / "cli" / "dynamod")

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dynamod"
KUBERNETES_VERSION = "1.36.3"
PROGRAMS = CACHE / f"kubernetes-{KUBERNETES_VERSION}" / "bin"
