"""A phone whose number went away with a restore says so in words, and where to go."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.places import Place
from tests.servers import Server, running_server


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Server]:
    """A server of its own: a restore is everybody's."""
    with running_server(tmp_path / "data") as running:
        yield running


def test_a_phone_whose_number_is_gone_sends_its_holder_to_a_counter(
    hospital: Server, browser: Browser, tmp_path: Path
) -> None:
    with Place(hospital.url, "rsud-lahat", hospital.key("administrator")) as place:
        kept = place.issue()
        hospital.run("backup", str(tmp_path / "backup"))
        lost = place.issue()
        context = browser.new_context(base_url=hospital.url, locale="id-ID")
        stays, goes, later = (context.new_page() for _ in range(3))
        stays.goto(kept.page)
        goes.goto(lost.page)
        expect(stays.locator("#pulse")).to_have_attribute("data-health", "live")
        expect(goes.locator("#ahead")).to_have_text("1")
        hospital.run("restore", "--discard", str(tmp_path / "backup"))
        expect_words(goes, lost.label)
        later.goto(lost.page)
        expect_words(later, lost.label)
        expect(stays.locator("#label")).to_have_text(kept.label)
        expect(stays.locator("#pulse")).to_have_attribute("data-health", "live")
        assert place.issue().label == "B-003"
        context.close()


def expect_words(page: Page, label: str) -> None:
    expect(page.locator("h1")).to_have_text("Silakan ke loket")
    expect(page.locator("body")).to_contain_text(label)
    expect(page.locator("body")).to_contain_text("Nomor ini tidak dikenal lagi di sini")
    expect(page.get_by_role("link", name="Ambil nomor baru")).to_have_attribute("href", "/b/rsud-lahat")
