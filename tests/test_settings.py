import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_network

import pytest

from queue_service.settings import SettingRefused, Settings
from tests.servers import ROOT

OF_COMMANDS = {"ANTREAN_KEY", "ANTREAN_FIELD_DIR", "ANTREAN_FIELD_PASSPHRASE"}  # which read them themselves


class Asked(Mapping[str, str]):
    """An environment that notes what it is asked for."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def settings(**given: str) -> Settings:
    return Settings.from_environment({f"ANTREAN_{name}": value for name, value in given.items()})


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("", None),
        ("https://antrean.example", "https://antrean.example"),
        ("https://antrean.example:443/", "https://antrean.example"),
        ("http://Antrean.Example:80", "http://antrean.example"),
        ("https://antrean.example:8443", "https://antrean.example:8443"),
        ("http://[fd00::1]:8000/", "http://[fd00::1]:8000"),
    ],
)
def test_a_public_address_is_kept_as_browsers_write_it(given: str, origin: str | None) -> None:
    assert settings(PUBLIC_URL=given).public_url == origin


@pytest.mark.parametrize(
    "wrong",
    [
        "antrean.example",
        "ftp://antrean.example",
        "https://",
        "https://antrean.example/queues",
        "https://antrean.example?lang=id",
        "https://somebody@antrean.example",
        "https://antrean.example:port",
        "https://antrean.example https://other.example",
    ],
)
def test_what_is_no_public_address_is_refused(wrong: str) -> None:
    with pytest.raises(SettingRefused, match="ANTREAN_PUBLIC_URL"):
        settings(PUBLIC_URL=wrong)


def test_proxies_are_addresses_and_networks() -> None:
    found = settings(TRUSTED_PROXIES="127.0.0.1, 10.1.0.0/16 ,fd00::/8,").trusted_proxies
    assert found == tuple(map(ip_network, ("127.0.0.1/32", "10.1.0.0/16", "fd00::/8")))
    assert settings().trusted_proxies == ()


@pytest.mark.parametrize("wrong", ["proxy", "10.0.0.1/8", "10.0.0.0/33", "10.0.0", "*"])
def test_what_is_no_network_is_refused(wrong: str) -> None:
    with pytest.raises(SettingRefused, match="ANTREAN_TRUSTED_PROXIES"):
        settings(TRUSTED_PROXIES=f"127.0.0.1,{wrong}")


def test_the_readme_tells_of_every_setting_and_of_no_other() -> None:
    asked = Asked()
    Settings.from_environment(asked)
    rows = re.findall(r"^\| (`ANTREAN_[^|]*)\|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    told = {name for row in rows for name in re.findall(r"`(ANTREAN_[A-Z_]+)`", row)}
    assert told == asked.names | OF_COMMANDS
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "queue_service").rglob("*.py"))
    assert [name for name in sorted(OF_COMMANDS) if name not in source] == []
