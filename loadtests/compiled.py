"""The load tools in C, compiled where they lie and again whenever their source is newer."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
FLAGS = ("-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror")


def compiled(name: str) -> Path:
    source, program = HERE / f"{name}.c", HERE / "build" / name
    newest = max(source.stat().st_mtime, (HERE / "measure.h").stat().st_mtime)
    if not program.exists() or program.stat().st_mtime < newest:
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            raise SystemExit("A C compiler is needed (gcc): the load tools are written in C.")
        program.parent.mkdir(exist_ok=True)
        subprocess.run([compiler, *FLAGS, str(source), "-o", str(program)], check=True)
    return program
