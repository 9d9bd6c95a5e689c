"""The command `antrean-double`: outside systems to try with by hand."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import click

from tests.doubles.outages import KINDS, PORTS
from tests.doubles.simrs.command import simrs

EXAMPLE_NIK, EXAMPLE_PATIENT = "1604994107900017", "P09999999901"


@click.group()
def main() -> None:
    """Doubles of outside systems, which need no account and leave nothing behind."""


main.add_command(simrs)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=PORTS["bpjs"], show_default=True, type=click.IntRange(0, 65535))
@click.option(
    "--masters",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Clinics, doctors and schedules, in the form of tests/doubles/bpjs/example.json.",
)
@click.option("--tolerance", default=300, show_default=True, help="Seconds by which a clock may be wrong.")
def bpjs(host: str, port: int, masters: Path | None, tolerance: int) -> None:
    """BPJS Kesehatan's queue service. Open its address in a browser to see what it was told."""
    asyncio.run(_run_bpjs(host, port, masters, tolerance))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8091, show_default=True, type=click.IntRange(0, 65535))
@click.option("--nik", multiple=True, default=[EXAMPLE_NIK], show_default=True, help="Of patients that it knows.")
def satusehat(host: str, port: int, nik: tuple[str, ...]) -> None:
    """SATUSEHAT. What it is told stands in the terminal."""
    asyncio.run(_run_satusehat(host, port, nik))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=PORTS["dukcapil"], show_default=True, type=click.IntRange(0, 65535))
@click.option("--nik", default=EXAMPLE_NIK, show_default=True, help="Of the one resident whom it knows.")
@click.option("--name", default="Contoh Warga", show_default=True)
@click.option("--birth-date", default="1990-07-01", show_default=True)
def dukcapil(host: str, port: int, nik: str, name: str, birth_date: str) -> None:
    """The population register's verification service. What it is asked stands in the terminal, with masked NIKs."""
    asyncio.run(_run_dukcapil(host, port, nik, name, birth_date))


async def _run_dukcapil(host: str, port: int, nik: str, name: str, birth_date: str) -> None:
    from tests.doubles.dukcapil.register import CUSTOMER, IP_USER, PASSWORD, USER, Register, Resident
    from tests.doubles.web import WebServer

    register = Register(tell=click.echo)
    register.residents[nik] = Resident(name, birth_date)
    async with WebServer(register.answer, host, port) as server:
        click.echo(f"The double of the population register listens on {server.url}")
        click.echo(f"  customer {CUSTOMER}, user id {USER}, password {PASSWORD}, ip_user {IP_USER}")
        await _until_stopped()


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=PORTS["lapor"], show_default=True, type=click.IntRange(0, 65535))
def lapor(host: str, port: int) -> None:
    """SP4N-LAPOR! behind the gateway of the service bus. What it is told stands in the terminal."""
    asyncio.run(_run_lapor(host, port))


async def _run_lapor(host: str, port: int) -> None:
    from tests.doubles.lapor.lapor import KEY, PREFIX, Lapor
    from tests.doubles.splp.gateway import Gateway
    from tests.doubles.web import Answer, WebServer
    from tests.doubles.web import Request as Asked

    behind = Lapor(tell=click.echo)
    gateway = Gateway(behind.answer, prefix=PREFIX)

    async def answer(request: Asked) -> Answer | None:
        by_hand = request.path.startswith("/_")  # a wish of whoever tries it, past the gateway
        return await (behind.answer(request) if by_hand else gateway.answer(request))

    async with WebServer(answer, host, port) as server:
        click.echo(f"LAPOR's double listens on {server.url}")
        click.echo(f"  base_url {server.url}{PREFIX}, key {KEY}")
        click.echo(f"  gateway key {gateway.key} in the header AuthorizationSPLP")
        click.echo(f"  an answer of the agency: curl -d 'Sudah kami tindak lanjuti.' {server.url}/_followup/7600001")
        await _until_stopped()


async def _run_satusehat(host: str, port: int, niks: tuple[str, ...]) -> None:
    from tests.doubles.satusehat.platform import CLIENT_ID, CLIENT_SECRET, ORGANIZATION, Platform
    from tests.doubles.web import WebServer

    platform = Platform(tell=click.echo)
    platform.patients = {nik: f"P{int(EXAMPLE_PATIENT[1:]) + place:011d}" for place, nik in enumerate(niks)}
    async with WebServer(platform.answer, host, port) as server:
        click.echo(f"SATUSEHAT's double listens on {server.url}")
        click.echo(f"  organization {ORGANIZATION}, client id {CLIENT_ID}, client secret {CLIENT_SECRET}")
        await _until_stopped()


async def _until_stopped() -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()


async def _run_bpjs(host: str, port: int, masters: Path | None, tolerance: int) -> None:
    from tests.doubles.bpjs.double import BpjsDouble
    from tests.doubles.bpjs.masters import EXAMPLE, read_masters

    double = BpjsDouble(host=host, port=port, masters=read_masters(masters or EXAMPLE), tolerance_seconds=tolerance)
    async with double:
        known = double.credentials
        click.echo(f"The double of BPJS listens on {double.web.url}")
        click.echo(f"  hospital    {double.hospital_url}")
        click.echo(f"  Puskesmas   {double.puskesmas_url}   PCare user {known.login[0]}, password {known.login[1]}")
        click.echo(f"  cons id {known.cons_id}, secret {known.secret}, user key {known.user_key}")
        await _until_stopped()


@main.command()
@click.argument("double", type=click.Choice([*PORTS]))
@click.argument("kind", type=click.Choice([*KINDS, "none"]))
@click.option("--port", type=click.IntRange(1, 65535), help="Where it listens, if not at its usual port.")
@click.option("--seconds", type=click.FloatRange(0), help="For so long; else until `none` ends it.")
@click.option("--times", type=click.IntRange(1), help="For so many requests.")
def outage(double: str, kind: str, port: int | None, seconds: float | None, times: int | None) -> None:
    """Let a double that runs be away, or back again with `none`. The SIMRS is the demo's, and knows only `down`."""
    url = f"http://127.0.0.1:{port or PORTS[double]}/_outage"
    wish = json.dumps({"kind": kind, "seconds": seconds, "times": times}).encode()
    try:
        with urlopen(Request(url, wish, {"Content-Type": "application/json"}), timeout=10) as answer:
            state = json.load(answer)["kind"]
    except HTTPError as error:
        raise click.ClickException(json.load(error).get("message", error.reason)) from error
    except URLError as error:
        raise click.ClickException(f"No double answers at {url}: {error.reason}") from error
    click.echo(f"{double} is away ({state})." if state else f"{double} is back.")


if __name__ == "__main__":
    main()
