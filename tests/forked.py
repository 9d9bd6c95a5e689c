"""Processes of our commands, forked from one that has loaded what they need: loading costs far more than the rest."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["queue_service.cli", "queue_service.serving", "uvloop"])


class Forked:
    """As much of a `subprocess.Popen` as tests use, of a module's `main`, in a session of its own."""

    def __init__(self, module: str, arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path) -> None:
        self.args = [module, *arguments]
        log.touch()  # whoever looks at once finds nothing in it
        # Those that somebody forgot end with the tests.
        self._process = FORKS.Process(target=_run, args=(module, arguments, cwd, dict(env), log), daemon=True)
        self._process.start()
        self.pid: int = self._process.pid or 0

    @property
    def returncode(self) -> int | None:
        """As `subprocess` has it: the negative number of the signal that ended it."""
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return self._process.exitcode


def _run(module: str, arguments: Sequence[str], cwd: Path, env: dict[str, str], log: Path) -> None:
    os.setsid()
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    with log.open("ab") as file:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(file.fileno(), stream.fileno())
    sys.argv = [module, *arguments]
    importlib.import_module(module).main()
