"""Virtual environments of pinned packages, in the user's cache folder, made once."""

import shutil
import subprocess
from pathlib import Path

from .paths import CACHE
from .programs import locked, python_tools, say


def ensure_environment(name: str, requirements: Path) -> Path:
    """The folder of a virtual environment with the packages that the file lists."""
    folder = CACHE / "environments" / name
    installed = folder / "installed.txt"
    uv = python_tools() / "uv"
    with locked(CACHE / "environments" / f".{name}.lock"):
        if not installed.exists() or installed.read_text() != requirements.read_text():
            say(f"installing {name} (once)")
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run([uv, "venv", "--quiet", "--python", "/usr/bin/python3", folder], check=True)
            # --no-deps: the list is complete, and ai-dynamo asks for a package that workers do not use.
            subprocess.run([uv, "pip", "install", "--quiet", "--no-deps", "--python", folder / "bin" / "python",
                            "--requirement", requirements], check=True)
            shutil.copy(requirements, installed)
    return folder
