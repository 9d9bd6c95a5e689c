"""What a server's process uses, as the kernel and its own metrics say."""

import http.client
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample


def open_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def resident_kilobytes(pid: int) -> int:
    """Memory of its own: what the process shares with others is left out."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(fields["RssAnon"].split()[0])


def metrics(port: int) -> dict[str, float]:
    """Those that have no labels."""
    return {sample.name: sample.value for sample in samples(port) if not sample.labels}


def samples(port: int) -> list[Sample]:
    families = text_string_to_metric_families(scrape(port))
    return [sample for family in families for sample in family.samples]


def scrape(port: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/metrics", headers={"Connection": "close"})
    text = connection.getresponse().read().decode()
    connection.close()
    return text
