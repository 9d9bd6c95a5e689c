"""A visitor's paper, from the first counter to the moment in which it can be picked up, as the phone shows it."""

from __future__ import annotations

from typing import Any

import httpx2
from playwright.sync_api import Page, StorageState, expect

from tests.browser.conftest import DESK, Visit
from tests.servers import Server

REGISTRY = "disdukcapil-lahat"


def looks_again(phone: Page, selector: str, words: str) -> None:
    """As when somebody takes the phone up again and again; the page may load itself anew meanwhile."""
    for _ in range(40):
        phone.locator("html").dispatch_event("visibilitychange")
        phone.wait_for_timeout(250)
        if words in (phone.locator(selector).text_content() or ""):
            return
    expect(phone.locator(selector)).to_contain_text(words)


def test_a_phone_shows_the_request_number_and_when_the_card_is_ready(
    visit: Visit, serving: Server, key: str, session: StorageState
) -> None:
    staff = httpx2.Client(
        base_url=f"{serving.url}/api/v1/branches/{REGISTRY}", headers={"Authorization": f"Bearer {key}"}, verify=False
    )

    def do(path: str, body: Any = None) -> Any:
        answer = staff.post(path, json=body or {}).raise_for_status()
        return answer.json() if answer.content else None

    before = visit(f"/b/{REGISTRY}")
    before.locator("li", has=before.get_by_role("button", name="Cetak ulang KTP-el")).locator("summary").click()
    expect(before.get_by_text("Kartu Keluarga asli atau fotokopi").first).to_be_visible()
    before.get_by_role("button", name="Cetak ulang KTP-el").click()
    expect(before.locator("#paper")).to_be_hidden()
    do("/counters/1/open")
    for action in ("call-next", "serve", "complete"):
        do(f"/counters/1/{action}")
    looks_again(before, "#paper", "ermohonan dicatat")
    expect(before.locator("#promised")).to_contain_text("Dijanjikan selesai paling lambat")
    number = before.locator("#paper-number").text_content()
    before.locator("#paper-link").click()
    expect(before.locator(".status")).to_have_text("Permohonan dicatat")

    clerk = visit(f"/cases/{REGISTRY}", DESK, storage_state=session)
    row = clerk.locator(".case-list li", has_text=str(number))
    row.locator("select").select_option(label="Siap diambil")
    row.get_by_role("button", name="Tetapkan").click()
    expect(clerk.get_by_text("Sudah dicatat.")).to_be_visible()

    looks_again(before, "#case", "Dapat diambil di Disdukcapil Lahat")
    typed = visit("/case")
    typed.get_by_label("Nomor permohonan").fill(str(number).lower())
    typed.get_by_role("button", name="Tampilkan").click()
    expect(typed.locator(".ready")).to_contain_text("Dapat diambil")
    staff.close()
