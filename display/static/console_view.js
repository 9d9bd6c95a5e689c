// What the clerk sees, drawn from the counter's object and the queues' frames.

import { lengthOf } from "./place.js"
import { count, page, put, say } from "./words.js"

const at = (id) => document.getElementById(id)
const FITTING = {
  nobody: ["call-next", "call"],
  called: ["serve", "complete", "recall", "no-show", "hold", "transfer", "requeue"],
  serving: ["complete", "hold", "transfer", "requeue"],
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
  showNext(counter.next, clock)
  showParked(counter, clock)
  for (const row of at("counts").children) row.classList.toggle("ours", counter.queues.includes(row.dataset.queue))
}

function factsOf(ticket, clock) {
  const facts = [page.names.queues[ticket.queue] || ticket.queue, say("issued", { time: clock.format(new Date(ticket.issued_at)) })]
  if (page.classes[ticket.class]) facts.push(say("class", { name: page.classes[ticket.class] }))
  facts.push(count("called_times", ticket.calls))
  return facts.join(" · ")
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

function showNext(next, clock) {
  const mark = JSON.stringify(next)
  if (at("next").dataset.mark === mark) return
  at("next").dataset.mark = mark
  if (!next) return put(at("next"), say("nobody_waiting"))
  const rows = [["b", next.label], ["span", page.names.queues[next.queue] || next.queue], ["span", whyNext(next, clock), "why"]]
  at("next").replaceChildren(...rows.map(([tag, text, className]) => make(tag, text, className)))
}

// One number explains every place: the moment a ticket is due.
function whyNext(next, clock) {
  const issued = clock.format(new Date(next.issued_at))
  if (page.classes[next.class] && page.minutes[next.class]) return `${say("ahead_by_class", { name: page.classes[next.class] })} · ${say("issued", { time: issued })}`
  const isMoved = Math.abs(new Date(next.due_at) - new Date(next.issued_at)) > 1_000
  return isMoved ? `${say("booked_due", { time: clock.format(new Date(next.due_at)) })} · ${say("issued", { time: issued })}` : say("since", { time: issued })
}

function showParked({ set_aside: parked }, clock) {
  const mark = JSON.stringify(parked)
  if (at("parked").dataset.mark === mark) return
  at("parked").dataset.mark = mark
  at("parked").replaceChildren(...(parked.length ? parked.map((ticket) => parkedRow(ticket, clock)) : [make("li", say("none_aside"), "soft")]))
}

function parkedRow({ label, queue, state, callable_at: moment }, clock) {
  const row = document.createElement("li")
  const words = document.createElement("span")
  const button = make("button", say("call_label", { label: "" }).trim(), "button")
  const from = moment && moment > Date.now() ? `, ${say("from_time", { time: clock.format(moment) })}` : ""
  button.type = "button"
  button.dataset.call = label
  button.setAttribute("aria-label", say("call_label", { label }))
  words.append(make("b", label), make("small", `${page.names.queues[queue] || queue} · ${say(state)}${from}`))
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
