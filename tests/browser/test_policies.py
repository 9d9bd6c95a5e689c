"""No page needs more than its content policy lets it have, as a browser sees it."""

import re
from collections.abc import Iterator

import httpx2
from playwright.sync_api import Browser, Page, StorageState

from tests.browser.conftest import DESK, Visit
from tests.browser.places import Place
from tests.security.doors import Door
from tests.security.rows import ROWS
from tests.servers import Server

WATCH = """
window.refused = []
addEventListener("securitypolicyviolation", (told) => {
    window.refused.push(`${told.effectiveDirective} ${told.blockedURI}`)
})
"""
NO_PAGE = re.compile(
    r"/(api|static|healthz|readyz|metrics|stream|display/version|screen/state|office/setup/setup.yaml)(/|$)"
)


def pages(doors: Iterator[Door], places: dict[str, str]) -> Iterator[str]:
    """Of every kind that there is; a new one comes by itself, unless its address needs what is not here."""
    for method, path in doors:
        names = set(re.findall(r"{(\w+)}", path))
        if method == "GET" and not NO_PAGE.match(path) and names <= places.keys():
            yield path.format_map(places)


def a_device(serving: Server, place: Place, session: StorageState) -> str:
    """The id of a screen that was just accepted."""
    signed_in = {cookie["name"]: cookie["value"] for cookie in session["cookies"]}
    with httpx2.Client(base_url=serving.url, cookies=signed_in) as office:
        code = office.post("/screen/code", json={"width": 1, "height": 1}).raise_for_status().json()["code"]
        csrf = re.findall(r'name="csrf" value="(\w+)"', office.get("/office/devices").text)[0]
        form = {"csrf": csrf, "code": code, "shows": f"lobby/{place.branch}", "name": place.branch}
        assert office.post("/office/devices", data=form).status_code == 303
        devices = office.get(f"/api/v1/branches/{place.branch}/devices").json()["devices"]
    return str(devices[0]["id"])


def refused_on(page: Page, path: str) -> list[str]:
    page.goto(path)
    page.wait_for_load_state("load")
    page.wait_for_timeout(50)  # what its modules do at once
    refused: list[str] = page.evaluate("window.refused")
    return refused


def test_no_page_is_refused_anything_by_its_policy(
    place: Place, serving: Server, session: StorageState, visit: Visit
) -> None:
    place.act("3", "open")
    token = place.issue().token
    places = {"branch": place.branch, "counter": "3", "queue": "poli-anak", "token": token, "action": "cancel"}
    places["device"] = a_device(serving, place, session)
    desk = visit("/", DESK, storage_state=session)
    desk.add_init_script(WATCH)
    found = {path: refused_on(desk, path) for path in (*pages(iter(ROWS), places), "/nowhere")}
    assert len(found) > 15
    assert {path: refused for path, refused in found.items() if refused} == {}


def test_what_does_not_belong_to_a_page_is_refused(browser: Browser, serving: Server) -> None:
    """Else the test above would say nothing."""
    context = browser.new_context(base_url=serving.url)
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto("/")
    page.evaluate(
        """() => {
            const script = document.createElement("script")
            script.textContent = "window.isTaken = true"
            const picture = document.createElement("img")
            picture.src = "http://127.0.0.1:9/spy.png"
            document.body.setAttribute("style", "display: none")
            document.body.append(script, picture)
        }"""
    )
    for _ in range(200):  # waiting inside the page would be evaluation, which its policy refuses as well
        if page.evaluate("window.refused.length") >= 3:
            break
        page.wait_for_timeout(50)
    assert {told.split()[0] for told in page.evaluate("window.refused")} == {
        "script-src-elem",
        "style-src-attr",
        "img-src",
    }
    assert page.evaluate("window.isTaken") is None
    context.close()
