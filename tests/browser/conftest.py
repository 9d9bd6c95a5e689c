"""One server for all pages, and a branch of its own for each test: that is quicker than a server each."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
import yaml
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, ViewportSize, expect

from queue_service.web.staff import COOKIE
from tests.browser.places import Place
from tests.servers import LAHAT, ROOT, Server, running_server

BRANCHES = 120
MANY_QUEUES = "balai"  # as many as a lobby screen shows at once
PHONE = (360, 740)
DESK = (1280, 800)
TELEVISION = (1920, 1080)
EXPECTED_COMPLAINTS = ("Failed to load resource", "WebSocket connection")  # a test takes the network away

Visit = Callable[..., Page]

expect.set_options(timeout=10_000)


@pytest.fixture(scope="session")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("pages")
    hospital, registry, *_ = yaml.safe_load((ROOT / LAHAT).read_text())["branches"]
    branches = [{**hospital, "id": f"rsud-{number:03d}"} for number in range(BRANCHES)]
    services = [f"layanan-{letter}" for letter in "abcdefgh"]
    queues = [{"id": name, "name": name, "prefix": name[-1].upper()} for name in services]
    counters = [{"id": "1", "name": "Loket 1", "queues": services}]
    branches.append({"id": MANY_QUEUES, "name": "Balai", "queues": queues, "counters": counters})
    branches.append(registry)
    setup = folder / "branches.yaml"
    setup.write_text(yaml.safe_dump({"branches": branches}, allow_unicode=True))
    with running_server(folder / "data", setup=setup) as running:
        yield running


@pytest.fixture(scope="session")
def key(serving: Server) -> str:
    return serving.key("administrator")


@pytest.fixture(scope="session")
def free_branches() -> Iterator[str]:
    return iter([f"rsud-{number:03d}" for number in range(BRANCHES)])


@pytest.fixture
def place(serving: Server, key: str, free_branches: Iterator[str]) -> Iterator[Place]:
    """A branch in which nothing has happened yet."""
    with Place(serving.url, next(free_branches), key) as place:
        yield place


@pytest.fixture
def visit(browser: Browser, serving: Server) -> Iterator[Visit]:
    """Opens pages, each as a device of its own; none may complain, or load anything from elsewhere."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def complain(text: str) -> None:
        if not text.startswith(EXPECTED_COMPLAINTS):
            complaints.append(text)

    def open_page(path: str, size: tuple[int, int] = PHONE, locale: str = "id-ID", **options: Any) -> Page:
        viewport: ViewportSize = {"width": size[0], "height": size[1]}
        context = browser.new_context(base_url=serving.url, viewport=viewport, locale=locale, **options)
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("pageerror", lambda error: complain(str(error)))
        page.on("console", lambda message: complain(message.text) if message.type == "error" else None)
        page.on("request", lambda request: None if request.url.startswith(serving.url) else complain(request.url))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture(scope="session")
def session(serving: Server, key: str) -> StorageState:
    """Signed in once; `test_console` does it by hand."""
    answer = httpx2.post(f"{serving.url}/sign-in", data={"key": key, "next": "/"}, follow_redirects=False)
    value = answer.cookies[COOKIE]
    return {"cookies": [{"name": COOKIE, "value": value, "domain": "127.0.0.1", "path": "/"}]}


@pytest.fixture
def console(visit: Visit, session: StorageState) -> Callable[..., Page]:
    """The console of a counter, signed in."""

    def open_console(place: Place, counter: str, **options: Any) -> Page:
        page = visit(f"/counter/{place.branch}/{counter}", DESK, storage_state=session, **options)
        expect(page.locator(".console #pulse")).to_have_attribute("data-health", "live")
        return page

    return open_console
