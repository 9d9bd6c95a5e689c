"""Who comes to the example branches, and for what: our own choice, so that every queue lives and none runs over."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class QueueCast:
    """`an_hour`: people who come by themselves, on average. The other figures are shares of those who are served;
    `journeys`: of those who come, who takes a number for one of these."""

    an_hour: float
    services: Mapping[str, float]
    onward: Mapping[str, float] = field(default_factory=dict)
    journeys: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class BranchCast:
    day: str
    queues: Mapping[str, QueueCast]

    def without_arrivals(self, queues: Collection[str]) -> BranchCast:
        """Where others bring those who come to these queues."""
        return BranchCast(
            self.day,
            {
                name: replace(
                    cast,
                    an_hour=0 if name in queues else cast.an_hour,
                    onward={to: share for to, share in cast.onward.items() if to not in queues},
                )
                for name, cast in self.queues.items()
            },
        )


CASTS: Mapping[str, BranchCast] = {
    "rsud-lahat": BranchCast(
        day="hospital",
        queues={
            "pendaftaran": QueueCast(
                36, {"regular": 1.0}, onward={"poli-anak": 0.22, "poli-dalam": 0.22, "farmasi": 0.04}
            ),
            "poli-anak": QueueCast(3, {"long": 1.0}, onward={"farmasi": 0.7}),
            "poli-dalam": QueueCast(3, {"long": 1.0}, onward={"farmasi": 0.7}),
            "farmasi": QueueCast(14, {"short": 0.5, "regular": 0.5}),
        },
    ),
    "disdukcapil-lahat": BranchCast(
        day="registry",
        queues={
            "ktp-el": QueueCast(
                30,
                {"regular": 0.6, "short": 0.4},
                onward={"kartu-keluarga": 0.03},
                journeys={"ktp-cetak": 0.3, "ktp-rekam": 0.25},
            ),
            "kartu-keluarga": QueueCast(21, {"regular": 1.0}, onward={"akta": 0.03}, journeys={"kk": 0.35}),
            "akta": QueueCast(14, {"regular": 1.0}, journeys={"akta-lahir": 0.35, "kia": 0.2}),
            "perekaman": QueueCast(0, {"long": 1.0}),
            "verifikasi": QueueCast(0, {"short": 1.0}),
            "pencetakan": QueueCast(0, {"short": 1.0}),
            "penyerahan": QueueCast(0, {"short": 1.0}),
        },
    ),
}
