"""What a newcomer reads first: the address of every face, in aligned lines, and a code to scan."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import segno

from queue_service.domain.branches import Branch

_EVERYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104 - what people say when they mean every address
_DOCUMENTATION = ("192.0.2.1", 9)  # nobody's address: connecting a datagram socket sends nothing

Line = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """`phone` is the page that the code opens, and what to call it. `outside` tells of other systems."""

    base: str
    branches: Sequence[Branch]
    key: str
    phone: Line
    outside: Sequence[Line] = ()
    is_connected: bool = False

    def text(self) -> str:
        parts = [self._faces(branch) for branch in self.branches]
        rows = [row for _, lines in parts for row in lines]
        office = ("Office", f"{self.base}/sign-in?next=/office#key={self.key}")
        rest = [office, ("Key for every counter", self.key), self.phone]
        if any(branch.team is not None for branch in self.branches):
            rest.insert(1, ("Trips", f"{self.base}/sign-in?next=/office/trips#key={self.key}"))
        outside = [*self.outside]
        if self.is_connected:
            outside.append(("How they do", f"{self.base}/sign-in?next=/office/connections#key={self.key}"))
        width = max(len(name) for name, _ in [*rows, *rest, *outside])
        if outside:
            parts.append(("What the hospital is connected with", outside))
        blocks = [f"{heading}\n{_table(lines, width)}" for heading, lines in parts]
        return "\n\n".join([*blocks, _table(rest, width)])

    def _faces(self, branch: Branch) -> tuple[str, list[Line]]:
        counter = next(iter(branch.counters))
        console = f"{self.base}/sign-in?next=/counter/{branch.id}/{counter}#key={self.key}"
        if branch.team is not None:
            stops = ("Where the team goes", f"{self.base}/b/{branch.id}/stops")
            return branch.name.id, [stops, (f"Console of counter {counter}", console)]
        return branch.name.id, [
            ("Take a number", f"{self.base}/b/{branch.id}"),
            ("Lobby screen", f"{self.base}/lobby/{branch.id}"),
            ("Kiosk", f"{self.base}/kiosk/{branch.id}"),
            (f"Console of counter {counter}", console),
        ]


def _table(lines: Iterable[Line], width: int) -> str:
    return "\n".join(f"  {name:<{width}}  {address}" for name, address in lines)


def qr(address: str) -> str:
    """For a terminal, in half blocks."""
    drawn = io.StringIO()
    segno.make(address, error="l", micro=False).terminal(drawn, border=2, compact=True)
    return drawn.getvalue().rstrip("\n")


def base_address(host: str, port: int) -> str:
    """How others reach this machine, where it listens to more than itself."""
    name = own_address() if host in _EVERYWHERE else host
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def is_for_this_machine_only(host: str) -> bool:
    return host in {"localhost", "::1"} or host.startswith("127.")


def own_address() -> str:
    """The address that a packet to elsewhere would leave from; loopback when there is no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(_DOCUMENTATION)
        except OSError:
            return "127.0.0.1"
        address: str = sock.getsockname()[0]
        return address
