"""What a server's process uses, as the kernel and its own metrics say."""

import http.client
from pathlib import Path


def open_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def resident_kilobytes(pid: int) -> int:
    """Memory of its own: what the process shares with others is left out."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(fields["RssAnon"].split()[0])


def metrics(port: int) -> dict[str, float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/metrics", headers={"Connection": "close"})
    text = connection.getresponse().read().decode()
    connection.close()
    return {
        name: float(value) for name, _, value in (line.partition(" ") for line in text.splitlines() if line[0] != "#")
    }
