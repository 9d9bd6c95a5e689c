// The lobby's television: what was just called, what was called before, and how long each queue is.

import { look } from "./actions.js"
import { watchAge } from "./age.js"
import { makeAnnouncer, newCalls } from "./announcer.js"
import { makeChime } from "./chime.js"
import { fit } from "./fit.js"
import { attend } from "./pairing.js"
import { minutesOf, lengthOf, waitFor } from "./place.js"
import { follow, socketAddress } from "./stream.js"
import { comingWords, showAway } from "./trip.js"
import { keepFresh } from "./upkeep.js"
import { makeVoice, spelled } from "./voice.js"
import { page, put, say } from "./words.js"

const SHOWN = 9_000 // a call alone
const SHOWN_BUSY = 5_000 // while another waits to be announced
const SHOWN_CROWDED = 3_500 // while many do: a call that is shown late is walked to late
const REMEMBERED = 6
const TILES = 8
const TURN = 12_000

const at = (id) => document.getElementById(id)
const clock = new Intl.DateTimeFormat(page.locale, { hour: "2-digit", minute: "2-digit", timeZone: page.timezone })
const date = new Intl.DateTimeFormat(page.locale, { dateStyle: "full", timeZone: page.timezone })
const pause = (milliseconds) => new Promise((go) => setTimeout(go, milliseconds))

const chime = makeChime(0.9)
const voice = makeVoice(document.documentElement.lang)
const announcer = makeAnnouncer(announce, stillCalled)
const tiles = new Map([...document.querySelectorAll(".tile")].map((tile) => [tile.dataset.queue, tile]))
const latest = new Map() // queue: its newest frame
let remembered = [] // calls, the newest first
let hero = null
let skew = page.at - Date.now()
let heardAt = 0

function take(frame) {
  if (frame.type === "tick") skew = frame.at - Date.now()
  if (frame.type === "queue" && !(frame.queue in page.names.queues)) startAnew()
  if (frame.type !== "queue" || !tiles.has(frame.queue)) return
  const before = latest.get(frame.queue)
  latest.set(frame.queue, frame)
  if (before && before.epoch !== frame.epoch) forget(frame.queue)
  showTile(tiles.get(frame.queue), frame)
  showAway(at("away"), frame)
  forgetUndone(frame)
  const isFirst = !before || before.epoch !== frame.epoch
  const isKnown = !isFirst && before.seq === frame.seq // sent again after a reconnect, with what was said of it then
  const calls = isFirst ? [...frame.now].reverse() : newCalls(before.now, frame.now, isKnown ? [] : frame.why)
  for (const [label, counter] of calls) {
    const call = { label, counter, queue: frame.queue }
    if (isFirst) remember(call)
    else announcer.add(call)
  }
  if (isFirst && announcer.isQuiet()) showHero(remembered[0])
  showRemembered()
}

// The branch was set up anew: this page does not know all of it.
let anew = 0
function startAnew() {
  anew = anew || setInterval(() => announcer.isQuiet() && location.reload(), 5_000 + Math.random() * 20_000)
}

// A new day, or another history: what was called before no longer counts.
function forget(queue) {
  remembered = remembered.filter((call) => call.queue !== queue)
  if (hero && hero.queue === queue) showHero(remembered[0])
}

function forgetUndone({ queue, now, why }) {
  const undone = new Set((why || []).filter(([, cause]) => cause === "undone").map(([label]) => label))
  const here = new Set(now.map(([label]) => label))
  remembered = remembered.filter((call) => call.queue !== queue || !undone.has(call.label) || here.has(call.label))
  if (hero && hero.queue === queue && undone.has(hero.label) && !here.has(hero.label)) showHero(remembered[0])
}

function stillCalled({ queue, label, counter }) {
  return (latest.get(queue)?.now || []).some(([here, at, state]) => here === label && at === counter && state === "called")
}

async function announce(call, others) {
  remember(call)
  document.body.dataset.mood = "calling"
  showHero(call)
  showRemembered()
  await Promise.all([sound(call), pause(others > 2 ? SHOWN_CROWDED : others ? SHOWN_BUSY : SHOWN)])
  document.body.dataset.mood = "calm"
  await pause(400)
}

async function sound({ label, counter }) {
  await chime.play()
  await voice.say(say("spoken", { label: spelled(label), counter: counterOf(counter) }))
}

function counterOf(id) {
  return page.names.counters[id] || id
}

function remember(call) {
  remembered = [call, ...remembered.filter(({ label }) => label !== call.label)].slice(0, REMEMBERED + 1)
}

function showHero(call) {
  hero = call || null
  at("hero").toggleAttribute("data-empty", !call)
  at("hero").toggleAttribute("data-long", Boolean(call) && counterOf(call.counter).length > 12)
  put(at("hero-caption"), say(call ? "number_called" : "none_yet"))
  put(at("hero-label"), call ? call.label : "–")
  put(at("hero-counter"), call ? counterOf(call.counter) : "")
  put(at("hero-queue"), call ? page.names.queues[call.queue] || "" : "")
  fitHero()
}

// The queues below may take more room than before, and less is left for the number.
function fitHero() {
  fit(at("hero"), at("hero-label"))
}

function showRemembered() {
  const rows = remembered.filter((call) => !hero || call.label !== hero.label).slice(0, REMEMBERED)
  const mark = JSON.stringify(rows)
  if (at("last").dataset.mark === mark) return
  at("last").dataset.mark = mark
  at("last").replaceChildren(...rows.map(({ label, counter }) => {
    const row = document.createElement("li")
    const number = document.createElement("b")
    const where = document.createElement("span")
    number.className = "digits"
    number.textContent = label
    where.textContent = counterOf(counter)
    where.toggleAttribute("data-long", where.textContent.length > 20)
    row.append(number, where)
    return row
  }))
}

function showTile(tile, frame) {
  const length = lengthOf(frame.waiting)
  const minutes = frame.state === "open" ? minutesOf(waitFor(length, frame.wait)) : null
  tile.dataset.state = frame.state
  put(tile.querySelector("b"), String(length))
  const note = frame.state !== "open" ? say(frame.state) : minutes ? waitWords(minutes) : ""
  put(tile.querySelector(".tile-note"), frame.trip ? comingWords(frame.trip) : note)
  tile.toggleAttribute("data-travels", Boolean(frame.trip))
  const called = Math.min(frame.now.length, 6)
  const beads = called + Math.min(length, 30)
  const line = tile.querySelector(".tile-line")
  while (line.children.length > beads) line.lastChild.remove()
  while (line.children.length < beads) line.append(document.createElement("i"))
  ;[...line.children].forEach((bead, i) => bead.classList.toggle("called", i < called))
}

function waitWords([from, to]) {
  return say(from === 0 ? "minutes_under" : "minutes_wait", { from, to })
}

// More queues than fit are shown in turns.
function turnTiles() {
  const all = [...tiles.values()]
  const pages = Math.ceil(all.length / TILES)
  const turn = Math.floor(Date.now() / TURN) % pages
  all.forEach((tile, i) => (tile.hidden = Math.floor(i / TILES) !== turn))
  at("tiles").style.setProperty("--columns", String(Math.min(all.length, 4) || 1))
  at("tiles").toggleAttribute("data-many", Math.min(all.length, TILES) > 4)
}

function paintAge({ words, stale }) {
  at("stale").hidden = !stale
  put(at("stale"), stale ? words : "")
}

function showTime() {
  put(at("clock"), clock.format(Date.now() + skew))
  put(at("date"), date.format(Date.now() + skew))
}

// A slow walk of a few pixels, so that no edge burns itself into the panel.
function drift() {
  const turn = Date.now() / 60_000
  at("stage").style.transform = `translate(${Math.round(7 * Math.sin(turn / 7))}px, ${Math.round(5 * Math.cos(turn / 11))}px)`
}

async function askForSound() {
  at("sound").hidden = await chime.unlock()
}

async function poll() {
  const frames = [...tiles.keys()].map((queue) => look(`/api/v1/branches/${page.branch}/queues/${queue}`))
  return (await Promise.all(frames)).map((frame) => ({ ...frame, type: "queue" }))
}

showHero(null)
turnTiles()
showTime()
drift()
askForSound()
document.addEventListener("pointerup", askForSound)
document.addEventListener("keydown", askForSound)
if (window.ResizeObserver) new ResizeObserver(fitHero).observe(at("hero"))
setInterval(showTime, 1_000)
setInterval(turnTiles, TURN)
setInterval(drift, 60_000)
keepFresh(announcer.isQuiet)
const showAge = watchAge(paintAge, (moment) => clock.format(moment + skew), page.at)
function noteHealth(health) {
  heardAt = health.heardAt || heardAt
  showAge(health)
}
attend({ isQuiet: announcer.isQuiet, heardAt: () => heardAt, hasSound: chime.isReady })
follow(socketAddress({ branch: page.branch }), { show: take, health: noteHealth, poll })
