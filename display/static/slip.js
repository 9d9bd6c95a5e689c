// Drawing the parts of the holder's page that are lists.

import { page, put, say } from "./words.js"

const MOST = 10

function make(tag, className, text) {
  const element = document.createElement(tag)
  if (className) element.className = className
  if (text !== undefined) element.textContent = text
  return element
}

// Replaces only when something differs, so that nothing flickers and no reader repeats itself.
function fillWith(parent, mark, elements) {
  if (parent.dataset.mark === mark) return
  parent.dataset.mark = mark
  parent.replaceChildren(...elements)
}

// The people in line as beads: who is called, who stands before you, you, and a few behind.
export function showLine(parent, ahead, queue) {
  const called = Math.min(queue.now.length, 4)
  const elements = []
  for (let i = 0; i < called; i++) elements.push(make("i", "bead called"))
  elements.push(make("i", "bar-end"))
  const shown = ahead === null ? 0 : ahead > MOST ? MOST - 3 : ahead
  for (let i = 0; i < shown; i++) {
    if (ahead > MOST && i === 3) elements.push(make("span", "gap", "···"))
    elements.push(make("i", "bead"))
  }
  elements.push(make("i", "bead you"))
  for (let i = 0; i < 3; i++) elements.push(make("i", "bead behind"))
  fillWith(parent, `${called}/${ahead}`, elements)
}

export function showNow(parent, now, counterOf) {
  const rows = now.slice(0, 4).map(([label, counter, state]) => {
    const row = make("li")
    const where = make("span", "", counterOf(counter))
    if (state === "serving") where.append(make("small", "", say("being_served")))
    row.append(make("b", "digits", label), where)
    return row
  })
  fillWith(parent, JSON.stringify(now.slice(0, 4)), rows.length ? rows : [make("li", "soft", say("nobody_called"))])
}

export function showSteps(parent, steps, factsOf) {
  const stops = steps.map(([queue, state]) => [queue, state, factsOf(queue, state)])
  const rows = stops.map(([queue, state, facts]) => {
    const row = make("li")
    row.dataset.step = state
    const words = make("span", "", page.names.queues[queue] || queue)
    if (facts) words.append(make("small", "facts", facts))
    row.append(words, make("small", "", say(`step_${state}`)))
    return row
  })
  parent.closest("section").hidden = steps.length < 2
  fillWith(parent, JSON.stringify(stops), rows)
}

export function showNotices(parent, notices) {
  const rows = notices.map(({ text }) => {
    const row = make("p", "notice")
    row.append(make("span", "", text))
    return row
  })
  fillWith(parent, JSON.stringify(notices), rows)
}

export function showSwitch(button, isOn) {
  button.setAttribute("aria-pressed", String(isOn))
  put(button.querySelector("span"), say(isOn ? "sound_on" : "sound_off"))
}
