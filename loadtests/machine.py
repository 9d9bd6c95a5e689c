"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path


def described() -> str:
    return (
        f"{_cpu()}, {os.cpu_count()} cores · {_memory()} GiB · Linux {platform.release()} · "
        f"Python {platform.python_version()}"
    )


def load() -> str:
    """Above the number of cores, others were at work here too, and latencies are theirs as well."""
    return f"load average {os.getloadavg()[0]:.1f}"


def _cpu() -> str:
    found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()


def _memory() -> int:
    found = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    return round(int(found[1]) / 2**20) if found else 0
