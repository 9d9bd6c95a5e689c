// What the clerk sees, drawn from the counter's object and the queues' frames.

import { lengthOf } from "./place.js"
import { count, page, put, say } from "./words.js"

const at = (id) => document.getElementById(id)
const FITTING = {
  nobody: ["call-next", "call"],
  called: ["serve", "complete", "recall", "no-show", "hold", "transfer", "requeue", "end"],
  serving: ["complete", "hold", "transfer", "requeue", "end"],
  closed: [],
}

export function showCounter(counter, clock) {
  const { ticket, state } = counter
  const here = ticket ? ticket.state : "nobody"
  document.body.dataset.here = here
  document.body.dataset.counter = state
  put(at("here-label"), ticket ? ticket.label : "")
  put(at("here-state"), ticket ? say(ticket.state) : say(state === "open" ? "nobody" : state))
  put(at("here-facts"), ticket ? factsOf(ticket, clock) : say(state === "open" ? "nobody_hint" : `${state}_hint`))
  put(at("toggle-words"), say(`toggle_${state}`))
  const doing = counter.undo && page.words[`undo_${counter.undo.replace("-", "_")}`]
  put(at("undo-words"), doing ? say("undo_of", { what: doing }) : say("undo"))
  showFitting(!ticket && state !== "open" ? "closed" : here, Boolean(counter.undo))
  const following = ticket && nextStops(ticket)
  put(at("complete-words"), following ? say("complete_on", { queues: following }) : say("complete"))
  at("end").hidden = !following
  if (at("refer")) at("refer").search = ticket ? `label=${ticket.label}` : ""
  showNext(counter.next)
  showPressing(counter.pressing || [], clock)
  showUnattended(counter.unattended, clock)
  showParked(counter, clock)
  for (const row of at("counts").children) row.classList.toggle("ours", counter.queues.includes(row.dataset.queue))
}

function factsOf(ticket, clock) {
  const facts = [page.names.queues[ticket.queue] || ticket.queue]
  if (ticket.issued_at) facts.push(say("issued", { time: clock.format(new Date(ticket.issued_at)) }))
  if (page.classes[ticket.class]) facts.push(say("class", { name: page.classes[ticket.class] }))
  facts.push(count("called_times", ticket.calls))
  const following = nextStops(ticket)
  if (following) facts.push(say("goes_on", { queues: following }))
  if (ticket.promise) facts.push(promiseWords(ticket.promise, clock))
  return facts.join(" · ")
}

function promiseWords({ due_at: due, outlook }, clock) {
  const dayOf = (moment) => moment.toLocaleDateString(page.locale, { timeZone: page.timezone, day: "numeric", month: "short" })
  const moment = new Date(due)
  const day = dayOf(moment) === dayOf(new Date()) ? "" : `${dayOf(moment)}, `
  return say(`promise_${outlook}`, { time: `${day}${clock.format(moment)}` })
}

// Who waits here, and is about to be kept longer than was promised.
function showPressing(tickets, clock) {
  at("pressing-part").hidden = tickets.length === 0
  const mark = JSON.stringify(tickets)
  if (at("pressing").dataset.mark === mark) return
  at("pressing").dataset.mark = mark
  at("pressing").replaceChildren(...tickets.map((ticket) => {
    const words = `${page.names.queues[ticket.queue] || ticket.queue} · ${promiseWords(ticket, clock)}`
    return ticketRow(ticket.label, words, "call", say("call_label", { label: "" }).trim())
  }))
}

// Where completing sends this visitor: what is open besides, else the next stage of the journey.
function nextStops({ beside, ahead }) {
  const stops = beside.length ? beside : ahead[0] || []
  return stops.map((queue) => page.names.queues[queue] || queue).join(" + ")
}

// What the rules allow stands out; the rest stays within reach, and the server says why not.
function showFitting(here, canUndo) {
  for (const button of document.querySelectorAll(".key")) {
    const action = button.dataset.action
    const fits = action === "undo" ? canUndo : FITTING[here].includes(action)
    button.classList.toggle("idle", !fits)
    button.classList.toggle("fits", fits && (action === "call-next" || action === "complete"))
  }
}

function showNext(next) {
  const mark = JSON.stringify(next)
  if (at("next").dataset.mark === mark) return
  at("next").dataset.mark = mark
  if (!next) return put(at("next"), say("nobody_waiting"))
  const rows = [["b", next.label], ["span", page.names.queues[next.queue] || next.queue], ["span", next.why, "why"]]
  at("next").replaceChildren(...rows.map(([tag, text, className]) => make(tag, text, className)))
}

// Called elsewhere, and nothing has followed for long: their clerk's browser may be gone.
function showUnattended(tickets, clock) {
  at("unattended-part").hidden = tickets.length === 0
  const mark = JSON.stringify(tickets)
  if (at("unattended").dataset.mark === mark) return
  at("unattended").dataset.mark = mark
  at("unattended").replaceChildren(...tickets.map(({ label, counter, since }) => {
    const words = say("called_at", { counter: page.names.counters[counter] || counter, time: clock.format(new Date(since)) })
    return ticketRow(label, words, "takeOver", say("take_over"))
  }))
}

function showParked({ set_aside: parked }, clock) {
  const mark = JSON.stringify(parked)
  if (at("parked").dataset.mark === mark) return
  at("parked").dataset.mark = mark
  at("parked").replaceChildren(...(parked.length ? parked.map((ticket) => parkedRow(ticket, clock)) : [make("li", say("none_aside"), "soft")]))
}

function parkedRow({ label, queue, state, callable_at: moment }, clock) {
  const from = moment && moment > Date.now() ? `, ${say("from_time", { time: clock.format(moment) })}` : ""
  return ticketRow(label, `${page.names.queues[queue] || queue} · ${say(state)}${from}`, "call", say("call_label", { label: "" }).trim())
}

function ticketRow(label, facts, action, doing) {
  const row = document.createElement("li")
  const words = document.createElement("span")
  const button = make("button", doing, "button")
  button.type = "button"
  button.dataset[action] = label
  button.setAttribute("aria-label", `${doing} ${label}`)
  words.append(make("b", label), make("small", facts))
  row.append(words, button)
  return row
}

export function showQueue(frame, counter) {
  const row = [...at("counts").children].find(({ dataset }) => dataset.queue === frame.queue) || newRow(frame.queue, counter)
  put(row.querySelector("b"), String(lengthOf(frame.waiting)))
  row.querySelector("small").hidden = frame.state === "open"
  put(row.querySelector("small"), frame.state === "open" ? "" : say(`queue_${frame.state}`))
}

function newRow(queue, counter) {
  const row = document.createElement("li")
  row.dataset.queue = queue
  row.classList.toggle("ours", counter.queues.includes(queue))
  row.append(make("span", page.names.queues[queue] || queue), make("small", ""), make("b", "0"))
  const order = Object.keys(page.names.queues)
  const after = [...at("counts").children].find(({ dataset }) => order.indexOf(dataset.queue) > order.indexOf(queue))
  at("counts").insertBefore(row, after || null)
  return row
}

export function showTimes({ ticket }, now) {
  const since = ticket && new Date(ticket.serving_at || ticket.called_at)
  put(at("here-time"), since ? minutesAndSeconds(now - since) : "")
}

function minutesAndSeconds(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
}

export function showAnswer(kind, words, canRepeat = false) {
  at("answer").dataset.kind = kind
  put(at("answer-words"), words)
  at("again").hidden = !canRepeat
}

function make(tag, text, className) {
  const element = document.createElement(tag)
  if (className) element.className = className
  element.textContent = text
  return element
}
