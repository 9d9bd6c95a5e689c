// The holder's page, kept true: the ticket's own frames, the queue's shared ones, and what follows from both.

import { Refused, act, look, newKey } from "./actions.js"
import { watchAge } from "./age.js"
import { makeAlarm, makeWakefulness } from "./alarm.js"
import { makeChime } from "./chime.js"
import { aheadOf, causeOf, lengthOf, rangeOf, waitFor } from "./place.js"
import { showLine, showNotices, showNow, showSteps, showSwitch } from "./slip.js"
import { follow, socketAddress } from "./stream.js"
import { comingWords, showAway } from "./trip.js"
import { count, page, put, say } from "./words.js"

const QUIET = 3_000 // before a change is read out, so that several together are read once

const at = (id) => document.getElementById(id)
const body = document.body
const time = new Intl.DateTimeFormat(page.locale, { hour: "2-digit", minute: "2-digit", timeZone: page.timezone })
const day = new Intl.DateTimeFormat("en-US", { year: "numeric", month: "2-digit", day: "2-digit", timeZone: page.timezone })
const clock = (moment) => time.format(moment)
const counterOf = (id) => page.names.counters[id] || id || ""

const chime = makeChime(0.8)
const alarm = makeAlarm(chime)
const stayAwake = makeWakefulness()

let ticket = page.ticket
let queue = page.queue
const queues = page.queue ? { [page.queue.queue]: page.queue } : {} // of this visit, as each was told last
let place = null // what was shown last: nothing is explained before something was shown
let notices = page.notices
let reading = 0
let skew = page.at - Date.now()
const now = () => Date.now() + skew

function take(frame) {
  if (frame.type === "tick") skew = frame.at - Date.now()
  else if (frame.type === "gone") location.reload()
  else if (frame.type === "notice") hearNotice(frame)
  else if (frame.type === "ticket") takeTicket(frame)
  else if (frame.type === "queue") takeQueue(frame)
}

function takeTicket(next) {
  const before = ticket
  ticket = next
  if (next.queue !== before.queue) [queue, place] = [queues[next.queue] || null, null]
  const isAnnounced = (next.released || next.lapsed || (next.trip && next.state === "cancelled")) && before.state !== next.state
  const hasChoices = String(next.alternatives) !== String(before.alternatives) || next.suspended_until !== before.suspended_until
  const isReferred = String(next.errands) !== String(before.errands)
  if (isAnnounced || hasChoices || isReferred) return location.reload() // the page knows what becomes of it
  body.dataset.state = next.state
  put(at("label"), next.label)
  put(at("queue"), page.names.queues[next.queue] || next.queue)
  put(at("counter"), counterOf(next.counter))
  at("counter").toggleAttribute("data-long", counterOf(next.counter).length > 9)
  put(at("serving-at"), counterOf(next.counter))
  put(at("held-words"), next.away_until ? say("kept_until", { time: clock(next.away_until) }) : say("held"))
  put(at("missed-words"), missedWords(next))
  at("reminder").hidden = !next.reminded
  if (next.trip) put(at("coming"), comingWords(next.trip))
  showAllowed(next)
  if (next.state === "called" && (before.state !== "called" || next.announced_at !== before.announced_at)) announce()
  else if (next.state !== "called") hush()
  if (next.state !== "waiting") place = null
  render()
}

function takeQueue(next) {
  queues[next.queue] = next
  if (next.queue === ticket.queue) {
    queue = next
    showAway(at("away"), next)
  }
  skew = Math.max(skew, next.at - Date.now()) // it is later than whatever happened
  render()
}

// The one place where what is waiting for is worked out and written down.
function render() {
  showSteps(at("steps"), ticket.steps || [], stopFacts)
  if (!queue) return
  showNow(at("now"), queue.now, counterOf)
  at("queue-state").hidden = queue.state === "open"
  put(at("queue-state"), queue.state === "open" ? "" : say(`queue_${queue.state}`))
  if (ticket.state !== "waiting") return stayAwake(ticket.state === "called")
  const ahead = aheadOf(ticket.label, queue.waiting)
  put(at("ahead"), ahead === null ? "–" : String(ahead))
  at("ahead").hidden = ahead === 0
  put(at("ahead-words"), ahead === 0 ? say("you_are_next") : count("ahead", ahead || 0))
  showWait(ahead)
  showLine(at("line"), ahead, queue)
  explain(place, ahead)
  stayAwake(ahead !== null && ahead < 3)
  if (place !== null && ahead !== place) tellReader()
  place = ahead
}

// How things stand at another stop of this visit: their own place there, or how many wait there now.
function stopFacts(id, state) {
  const there = queues[id]
  if (!there || id === ticket.queue) return ""
  if (state === "ahead") return count("waiting_there", lengthOf(there.waiting))
  const ahead = state === "waiting" ? aheadOf(ticket.label, there.waiting) : null
  if (ahead === null) return ""
  const range = rangeOf(waitFor(ahead, there.wait), there.at, now())
  const words = ahead === 0 ? say("you_are_next") : `${ahead} ${count("ahead", ahead)}`
  return range.kind === "range" ? `${words} · ${say("range", { from: clock(range.from), to: clock(range.to) })}` : words
}

// For those who listen instead of looking: where they stand, but not at every step.
function tellReader() {
  clearTimeout(reading)
  reading = setTimeout(() => {
    const words = ["ahead", "ahead-words", "wait", "why"].filter((id) => !at(id).hidden).map((id) => at(id).textContent)
    put(at("spoken"), words.join(" "))
  }, QUIET)
}

function showWait(ahead) {
  const range = rangeOf(waitFor(ahead, queue.wait), queue.at, now())
  const words = range.kind === "range" ? say("range", { from: clock(range.from), to: clock(range.to) }) : say(`wait_${range.kind}`)
  at("wait").classList.toggle("digits", range.kind === "range")
  put(at("wait"), words)
}

function explain(before, after) {
  if (before === null || after === null || before === after) return
  const [cause, label] = causeOf(queue.why, before, after, ticket.label)
  const moved = count(after < before ? "forward" : "back", Math.abs(after - before))
  const reason = cause && say(label ? `why_${cause}` : `why_${cause}_unnamed`, { label })
  put(at("why"), reason ? `${moved} ${reason}` : moved)
}

function missedWords({ calls, callable_at: moment, can, state }) {
  if (state === "no_show" && !can.includes("check-in")) return say("called_out", { calls })
  return moment && moment > now() ? say("callable_at", { time: clock(moment) }) : say("check_in_now")
}

function showAllowed({ can }) {
  for (const element of document.querySelectorAll("[data-can]")) element.hidden = !can.includes(element.dataset.can)
}

function hearNotice(notice) {
  if (notice.queue && notice.queue !== ticket.queue) return
  notices = [notice, ...notices.filter(({ text }) => text !== notice.text)].slice(0, 4)
  paintNotices()
}

function paintNotices() {
  notices = notices.filter(({ until }) => !until || until > now())
  showNotices(at("notices"), notices)
}

function announce() {
  alarm.start(`${ticket.label} → ${counterOf(ticket.counter)}`)
  at("silence").hidden = false
  window.scrollTo({ top: 0 })
  document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close())
}

function hush() {
  alarm.stop()
  at("silence").hidden = true
}

// What the holder does

async function ask(action, content) {
  put(at("problem"), "")
  at("problem").hidden = true
  try {
    take({ ...(await act(`/api/v1/tickets/${page.token}/${action}`, { body: content, key: newKey() })), type: "ticket" })
    return true
  } catch (error) {
    at("problem").hidden = false
    put(at("problem"), error instanceof Refused && error.message ? error.message : say("no_answer"))
    return false
  }
}

function onSubmit(event) {
  const form = event.target.closest("form[data-can]")
  if (!form || !event.submitter) return // an old browser sends the form itself, and gets a page
  event.preventDefault()
  const score = event.submitter.value
  const buttons = form.querySelectorAll("button")
  buttons.forEach((button) => (button.disabled = true))
  ask(form.dataset.can, score ? { score: Number(score) } : undefined).then((done) => {
    buttons.forEach((button) => (button.disabled = false))
    if (done && score) at("thanks").hidden = !(form.hidden = true)
  })
}

function onAsk(event) {
  const link = event.target.closest("[data-asks]")
  const dialog = link && at(link.dataset.asks)
  if (!dialog || !dialog.showModal) return
  event.preventDefault()
  dialog.returnValue = ""
  dialog.showModal()
}

// A call is heard unless its holder turned that off; browsers want one touch on the page first.
async function setSound(on, ring) {
  const ready = on && (await chime.unlock())
  showSwitch(at("sound"), ready)
  at("sound-note").hidden = !ready
  if (ready && ring) chime.play([783.99])
  if (!on) chime.silence()
}

function remember(wanted) {
  try {
    localStorage.setItem("sound", wanted ? "on" : "off")
  } catch {} // private windows: forgotten, then
}

function recalled() {
  try {
    return localStorage.getItem("sound")
  } catch {
    return null
  }
}

function begin() {
  at("sound").hidden = false
  at("sound").addEventListener("click", () => {
    const on = at("sound").getAttribute("aria-pressed") !== "true"
    remember(on)
    setSound(on, true)
  })
  if (recalled() !== "off") {
    setSound(true)
    document.addEventListener("pointerup", (event) => !event.target.closest("#sound") && recalled() !== "off" && setSound(true), { once: true })
  }
  at("silence").addEventListener("click", hush)
  document.addEventListener("submit", onSubmit)
  document.addEventListener("click", onAsk)
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("close", () => dialog.returnValue && ask(dialog.returnValue))
  }
  if (page.ticket.state === "over" || page.ticket.state === "cancelled") return
  if (ticket.state === "called") announce()
  render()
  const health = watchAge(paintAge, clock, page.at)
  follow(socketAddress({ ticket: page.token }), { show: take, health, poll })
  setInterval(everyMinute, 60_000)
}

async function poll() {
  const mine = await look(`/api/v1/tickets/${page.token}`).catch(findOut)
  const left = mine.steps.filter(([, state]) => state !== "completed").map(([id]) => id)
  const shared = await Promise.all([...new Set(left)].map((id) => look(`/api/v1/branches/${mine.branch}/queues/${id}`)))
  return [{ ...mine, type: "ticket" }, ...shared.map((frame) => ({ ...frame, type: "queue" }))]
}

// A phone that slept while its number went away is refused a stream, and learns why by looking.
function findOut(error) {
  if (error instanceof Refused && error.status === 404) location.reload()
  throw error
}

function paintAge({ health, words, stale }) {
  at("pulse").dataset.health = health
  put(at("pulse-word"), say(health === "live" ? "live" : health === "dead" ? "dead" : "connecting"))
  at("stale").hidden = !stale
  put(at("stale"), stale ? words : "")
  put(at("age"), words)
}

// By parts: how a whole date is written differs between machines.
function today() {
  const parts = Object.fromEntries(day.formatToParts(now()).map(({ type, value }) => [type, value]))
  return `${parts.year}-${parts.month}-${parts.day}`
}

// A wait that nobody called in grows old, a notice ends, a day is over: without any frame.
function everyMinute() {
  if (today() > ticket.day) return location.reload()
  if (ticket.state === "booked") poll().then((frames) => frames.forEach(take), () => {}) // by now its holder may have come
  paintNotices()
  if (queue && ticket.state === "waiting") showWait(place)
  put(at("missed-words"), missedWords(ticket))
}

begin()
