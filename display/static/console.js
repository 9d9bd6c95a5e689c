// The clerk's console: one key, one action, one answer; and always the counter as the server has it.

import { NoAnswer, Refused, act, look, newKey } from "./actions.js"
import { watchAge } from "./age.js"
import { askForClass, askForLabel, askForQueue, askForQueues, askForUrgent, askToSendBack, showHelp } from "./console_asks.js"
import { listenToKeys } from "./console_keys.js"
import { showAnswer, showCounter, showQueue, showTimes } from "./console_view.js"
import { follow, socketAddress } from "./stream.js"
import { showAway } from "./trip.js"
import { page, put, say } from "./words.js"

const SLOW = 100 // milliseconds until we say that we wait
const SPACING = 400 // between two looks that others' doings cause
const LOOK_AGAIN = 2_000 // where a look was refused
const BUSY = [429, 502, 503, 504] // refusals that say nothing about the counter, nor about what was done there
const STARTING = 2_000

const at = (id) => document.getElementById(id)
const clock = new Intl.DateTimeFormat(page.locale, { hour: "2-digit", minute: "2-digit", timeZone: page.timezone })
const address = `/api/v1/branches/${page.branch}/counters/${page.counter.id}`
const headers = { "X-CSRF-Token": document.querySelector("meta[name=csrf]").content }

const frames = new Map() // the newest of each queue

let counter = page.counter
let isActing = false
let unanswered = null // what a network failure left open, with its key
let epoch = "" // of the newest frame
let lookedAt = 0
let looking = null
let away = null // where the link may drop: what is done without it
let skew = page.at - Date.now()
const now = () => Date.now() + skew
// What is pressed as the page opens is not lost; but where another tab is at work, or nothing can be kept, it is as elsewhere.
const starting = page.away && Promise.race([goAway().catch(() => null), new Promise((go) => setTimeout(go, STARTING))])

// Reading

async function refresh() {
  lookedAt = Date.now()
  looking = looking || observe().finally(() => (looking = null))
  try {
    const seen = await looking
    if (isActing) return // a key that is pressed at what is shown must count; and it is looked at anew in a moment
    counter = seen
    showCounter(counter, clock)
    showTimes(counter, now())
  } catch (error) {
    if (!(error instanceof Refused)) return
    if (BUSY.includes(error.status)) refreshSoon(LOOK_AGAIN)
    else refuse(error)
  }
}

async function observe() {
  const mark = away && away.mark()
  const seen = await look(address)
  return away ? away.see(seen, mark) : seen
}

let due = 0
function refreshSoon(spacing = SPACING) {
  clearTimeout(due)
  due = setTimeout(refresh, Math.max(0, lookedAt + spacing - Date.now()))
}

function take(frame) {
  if (frame.type === "tick") skew = frame.at - Date.now()
  if (frame.type === "tick" && page.promises && !isActing) refreshSoon() // time passes for who was promised something
  if (frame.type !== "queue") return
  frames.set(frame.queue, frame)
  showAway(at("away"), frame)
  showQueue(away ? away.queue(frame) : frame, counter)
  const isRestored = epoch && frame.epoch !== epoch // then an equal seq says nothing
  epoch = frame.epoch
  if ((frame.seq !== counter.seq || isRestored) && !isActing) refreshSoon()
}

// Doing

// What is meant for the ticket on the screen must not befall another that stands at the counter by now.
const MEANT = ["recall", "serve", "complete", "no-show", "hold", "transfer"]

async function perform(action, body, key = newKey()) {
  if (isActing) return
  if (MEANT.includes(action) && counter.ticket) body = { ...body, label: counter.ticket.label }
  isActing = true
  document.body.setAttribute("aria-busy", "true")
  unanswered = null
  const slow = setTimeout(() => showAnswer("quiet", say("waiting_answer")), SLOW)
  try {
    const before = counter.ticket && counter.ticket.label
    if (starting) await starting
    const answer = await (away && away.takes(action) ? away.perform(action, body, key) : send(action, body, key))
    clearTimeout(slow)
    tellDone(action, answer, body, before)
  } catch (error) {
    clearTimeout(slow)
    if (error instanceof NoAnswer) {
      unanswered = [action, body, key]
      showAnswer("refused", say("no_answer"), true)
    } else {
      refuse(error)
    }
  } finally {
    isActing = false
    document.body.removeAttribute("aria-busy")
    refreshAnew()
  }
}

function send(action, body, key) {
  return act(ELSEWHERE[action] ? ELSEWHERE[action](body) : `${address}/${action}`, { body: contentOf(action, body), key, headers })
}

// A look that began before the action would show the counter as it was.
async function refreshAnew() {
  if (looking) await looking.catch(() => null)
  await refresh()
}

// What is done at no counter has an address of its own.
const ELSEWHERE = {
  urgent: () => `/api/v1/branches/${page.branch}/urgent-tickets`,
  class: ({ label }) => `/api/v1/branches/${page.branch}/labels/${label}/class`,
}

function contentOf(action, body) {
  if (action !== "class") return body
  const { label, ...content } = body // the label stands in the address
  return content
}

function tellDone(action, answer, body, before) {
  if (answer === null) return showAnswer("done", say("nobody_waiting"))
  const queue = page.names.queues[(body && body.queue) || answer.queue]
  const goesOn = action === "complete" && answer.state === "waiting"
  const words = say(goesOn ? "did_transfer" : `did_${action}`, { label: answer.label || before, queue })
  showAnswer("done", answer.isLater ? `${words} ${say("unsent_yet")}` : words)
}

function refuse(error) {
  if (!(error instanceof Refused)) {
    showAnswer("refused", String(error.message || error))
    throw error
  }
  if (error.status === 401) return signIn()
  // Of which number the sentence tells: this page may not have seen yet that it is here.
  const hint = error.code === "counter_busy" ? ` ${say("complete_it_first")}` : ""
  showAnswer("refused", `${error.message}${hint}`)
}

function signIn() {
  showAnswer("refused", say("signed_out"))
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`)
}

const DOINGS = {
  toggle: () => (counter.state === "open" ? perform("pause") : counter.state === "paused" ? perform("open") : chooseQueues()),
  queues: () => chooseQueues(),
  help: () => showHelp(),
  end: () => perform("complete", { ends: true }),
  transfer: () => askForQueue(counter, (queue, comesBack) => perform("transfer", { queue, comes_back: comesBack })),
  urgent: () => askForUrgent(counter, (queue) => perform("urgent", { queue })),
  class: () => askForClass((correction) => perform("class", correction)),
  call: () => askForLabel((label) => perform("call", { label })),
}

function chooseQueues() {
  askForQueues(counter, (queues) => (queues ? perform("open", { queues }) : close()))
}

function close() {
  const isCalled = counter.ticket && counter.ticket.state === "called"
  if (isCalled) askToSendBack(counter.ticket.label, () => perform("close", { sends_back: true }))
  else perform("close")
}

function start(action) {
  if (isActing) return
  showPressed(action)
  if (DOINGS[action]) DOINGS[action]()
  else perform(action)
}

function showPressed(action) {
  const button = document.querySelector(`[data-action="${action}"]`)
  if (!button) return
  button.classList.add("pressed")
  setTimeout(() => button.classList.remove("pressed"), 150)
}

function paintAge({ health, words, stale }) {
  at("pulse").dataset.health = health
  at("pulse").title = words
  put(at("pulse-word"), say(health === "live" ? "live" : health === "dead" ? "dead" : "connecting"))
  at("stale").hidden = !stale
  put(at("stale"), stale ? words : "")
}

async function poll() {
  const frames = Object.keys(page.names.queues).map((queue) => look(`/api/v1/branches/${page.branch}/queues/${queue}`))
  return (await Promise.all(frames)).map((frame) => ({ ...frame, type: "queue" }))
}

at("again").addEventListener("click", () => unanswered && perform(...unanswered))
document.addEventListener("click", (event) => {
  const call = event.target.closest("[data-call]")
  if (call) perform("call", { label: call.dataset.call })
  const taken = event.target.closest("[data-take-over]")
  if (taken) perform("take-over", { label: taken.dataset.takeOver })
  const button = event.target.closest("[data-action]")
  if (button) start(button.dataset.action)
  // After a click the keyboard belongs to the counter again; after a key on a button, to that button.
  if ((button || call) && event.detail > 0) (button || call).blur()
})
listenToKeys(start)
showCounter(counter, clock)
showTimes(counter, now())
setInterval(() => showTimes(counter, now()), 1_000)
const showAge = watchAge(paintAge, (moment) => clock.format(moment + skew), page.at)

function hear(health) {
  if (away) away.hear(health)
  showAge(health)
}
const stream = follow(socketAddress({ branch: page.branch }), { show: take, health: hear, poll })

async function goAway() {
  const { followAway } = await import("./console_unsent.js")
  away = await followAway({
    ...{ address, headers, frames, clock: now, lookSoon: () => refreshSoon(), reconnect: () => stream.reconnectNow(), tell: showAnswer, signIn },
    counter: () => counter,
    paint(shown, foresee) {
      counter = shown
      showCounter(counter, clock)
      showTimes(counter, now())
      for (const frame of frames.values()) showQueue(foresee(frame), counter)
    },
    asItWas({ skew: known, heardAt }) {
      skew = known
      showAge({ state: "connecting", heardAt: heardAt - skew })
    },
  })
}
