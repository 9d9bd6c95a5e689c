"""Following the stream: delays, the newest frame, silence, and doing without sockets."""

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import Visit
from tests.browser.modules import ask
from tests.browser.places import Place

HIDE = """(hidden) => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true })
    document.dispatchEvent(new Event("visibilitychange"))
}"""


def test_reconnecting_is_spread_over_a_growing_span(visit: Visit) -> None:
    page = visit("/")
    spans = ask(page, "stream.js", "[0, 1, 2, 3, 4, 5, 9].map((tries) => module.delayBefore(tries, () => 1))")
    assert spans == [1000, 2000, 4000, 8000, 16000, 30000, 30000]
    assert ask(page, "stream.js", "module.delayBefore(5, () => 0)") == 0


def test_a_full_server_is_left_alone_for_longer_than_one_that_has_gone(visit: Visit) -> None:
    page = visit("/")
    # The longest waits that a page may draw, in order, when each of its sockets is closed with this code.
    waits = """(() => {
        const waits = [], sockets = []
        window.WebSocket = class { constructor() { sockets.push(this) } close() {} }
        window.setTimeout = (connect, wait) => waits.push(wait) && waits.length < 3 && connect()
        module.follow("ws://antrean.test/stream", { show() {}, health() {}, random: () => 1 })
        for (let n = 0; n < 3; n++) sockets[n].onclose({ code: given.code })
        return waits
    })()"""
    assert ask(page, "stream.js", waits, code=1001) == [1000, 2000, 4000]
    assert ask(page, "stream.js", waits, code=1013) == [16000, 30000, 30000]


def test_the_newest_frame_wins_unless_its_epoch_is_another(visit: Visit) -> None:
    page = visit("/")
    newer = "module.isNewer({ epoch: given.epoch, seq: given.seq }, { epoch: 'k', seq: 7 })"
    assert ask(page, "stream.js", newer, epoch="k", seq=8)
    assert ask(page, "stream.js", newer, epoch="k", seq=7)
    assert not ask(page, "stream.js", newer, epoch="k", seq=6)
    assert ask(page, "stream.js", newer, epoch="other", seq=1)


def test_a_place_is_found_in_runs(visit: Visit) -> None:
    page = visit("/")
    runs = [["A", 13, 20], ["B", 2, 2], ["A", 21, 60]]
    ahead = "['A-013', 'A-020', 'B-002', 'A-021', 'A-060', 'A-061', 'C-001'].map((l) => module.aheadOf(l, given.runs))"
    assert ask(page, "place.js", ahead, runs=runs) == [0, 7, 8, 9, 48, None, None]
    assert ask(page, "place.js", "module.lengthOf(given.runs)", runs=runs) == 49


def test_a_wait_is_read_between_and_beyond_the_knots(visit: Visit) -> None:
    page = visit("/")
    knots = [[0, 40, 120], [1, 210, 380], [5, 1010, 1490]]
    waits = "given.ahead.map((ahead) => module.waitFor(ahead, given.knots))"
    found = ask(page, "place.js", waits, ahead=[0, 3, 6], knots=knots)
    assert found == [{"p50": 40, "p80": 120}, {"p50": 610, "p80": 935}, {"p50": 1210, "p80": 1767.5}]
    assert ask(page, "place.js", waits, ahead=[None, 4], knots=[]) == [None, None]
    assert ask(page, "place.js", waits, ahead=[1], knots=[[0, 60, 90]]) == [{"p50": 120, "p80": 180}]


def test_a_range_never_pretends(visit: Visit) -> None:
    page = visit("/")
    kind = "module.rangeOf(given.wait, 0, given.now)"
    assert ask(page, "place.js", kind, wait=None, now=0) == {"kind": "unknown"}
    assert ask(page, "place.js", kind, wait={"p50": 20, "p80": 60}, now=0) == {"kind": "soon"}
    assert ask(page, "place.js", kind, wait={"p50": 20, "p80": 60}, now=61_000) == {"kind": "late"}
    range_ = ask(page, "place.js", kind, wait={"p50": 700, "p80": 1300}, now=0)
    assert range_ == {"kind": "range", "from": 600_000, "to": 1_500_000}


def test_where_sockets_are_blocked_the_page_polls(place: Place, visit: Visit) -> None:
    place.act("3", "open")
    place.issue()
    mine = place.issue()
    phone = visit("/")
    phone.route_web_socket("**/stream?*", lambda socket: socket.close())
    phone.clock.install()
    phone.goto(mine.page)
    place.act("3", "call-next")
    for _ in range(60):
        phone.clock.run_for(1_000)
        if phone.locator("#ahead-words").inner_text() == "Giliran Anda berikutnya":
            break
    expect(phone.locator("#ahead-words")).to_have_text("Giliran Anda berikutnya")
    expect(phone.locator("#pulse")).to_have_attribute("data-health", "live")


def test_a_dead_stream_is_said_plainly(place: Place, visit: Visit) -> None:
    mine = place.issue()
    phone = visit("/")
    is_silent = False

    def hold(socket: WebSocketRoute) -> None:
        """Lets the first frames through, then nothing, as when a network goes without a word."""
        server = socket.connect_to_server()
        server.on_message(lambda message: None if is_silent else socket.send(message))

    phone.route_web_socket("**/stream?*", hold)
    phone.clock.install()
    phone.goto(mine.page)
    expect(phone.locator("#pulse")).to_have_attribute("data-health", "live")
    expect(phone.locator("#stale")).to_be_hidden()
    phone.route("**/api/**", lambda route: route.abort())
    is_silent = True
    phone.clock.run_for(75_000)
    expect(phone.locator("#stale")).to_contain_text("Sambungan terputus. Ini keadaan pukul")
    expect(phone.locator("#pulse-word")).to_have_text("Terputus")


def test_a_hidden_page_does_not_reconnect_until_it_is_seen(place: Place, visit: Visit) -> None:
    mine = place.issue()
    phone = visit("/")
    sockets: list[WebSocketRoute] = []
    phone.route_web_socket("**/stream?*", lambda socket: sockets.append(socket))
    phone.clock.install()
    phone.goto(mine.page)
    has_so_many(phone, sockets, 1)
    phone.evaluate(HIDE, True)
    sockets[0].close()
    phone.clock.run_for(40_000)
    assert len(sockets) == 1
    phone.evaluate(HIDE, False)
    has_so_many(phone, sockets, 2)


def has_so_many(page: Page, sockets: list[WebSocketRoute], count: int) -> None:
    """What a page opens is told to a test a moment later."""
    for _ in range(200):
        if len(sockets) >= count:
            break
        page.wait_for_timeout(50)
    assert len(sockets) == count
