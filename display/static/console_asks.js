// The few actions that need one more word: which queue, which number.

import { page, put } from "./words.js"

const at = (id) => document.getElementById(id)

function ask(dialog, onAnswer) {
  dialog.returnValue = ""
  dialog.onclose = () => dialog.returnValue && onAnswer(dialog.returnValue)
  dialog.showModal()
}

export function askForQueue(counter, onAnswer) {
  const here = counter.ticket && counter.ticket.queue
  const queues = Object.entries(page.names.queues).filter(([id]) => id !== here)
  at("comes-back").checked = false
  pickQueue(at("ask-transfer"), at("transfer-queues"), queues, (queue) => onAnswer(queue, at("comes-back").checked))
}

export function askForUrgent(counter, onAnswer) {
  const queues = Object.entries(page.names.queues)
  pickQueue(at("ask-urgent"), at("urgent-queues"), queues, onAnswer)
}

// Digits choose at once, so that a transfer is two keys.
function pickQueue(dialog, parent, queues, onAnswer) {
  parent.replaceChildren(...queues.map(([id, name], i) => {
    const button = document.createElement("button")
    const cap = document.createElement("kbd")
    const words = document.createElement("span")
    button.value = id
    put(cap, i < 9 ? String(i + 1) : "·")
    put(words, name)
    button.append(cap, words)
    return button
  }))
  dialog.onkeydown = (event) => {
    const chosen = /^[1-9]$/.test(event.key) && queues[Number(event.key) - 1]
    if (chosen && !event.repeat) dialog.close(chosen[0])
  }
  ask(dialog, onAnswer)
}

export function askForClass(onAnswer) {
  const [label, kind, reason] = ["class-label", "class-id", "class-reason"].map(at)
  label.value = ""
  ask(at("ask-class"), () => label.value && onAnswer({ label: labelFrom(label.value), class: kind.value, reason: reason.value }))
}

export function askToSendBack(label, onAnswer) {
  put(at("send-back-label"), label)
  ask(at("ask-send-back"), onAnswer)
}

export function askForLabel(onAnswer) {
  at("call-label").value = ""
  ask(at("ask-call"), () => {
    const label = labelFrom(at("call-label").value)
    if (label) onAnswer(label)
  })
}

// "a12", "A 12" and "A-012" are the same number.
function labelFrom(typed) {
  const found = /^\s*([a-z]{1,3})\s*-?\s*(\d{1,6})\s*$/i.exec(typed)
  return found ? `${found[1].toUpperCase()}-${String(Number(found[2])).padStart(3, "0")}` : typed.trim().toUpperCase()
}

// Answers with the queues to open for, or null to close.
export function askForQueues(counter, onAnswer) {
  const boxes = Object.entries(page.names.queues).map(([id, name]) => {
    const label = document.createElement("label")
    const box = document.createElement("input")
    const words = document.createElement("span")
    Object.assign(box, { type: "checkbox", value: id, checked: counter.queues.includes(id) })
    put(words, name)
    label.append(box, words)
    return label
  })
  at("open-queues").replaceChildren(...boxes)
  at("no-queue").hidden = true
  const chosen = () => [...at("open-queues").querySelectorAll(":checked")].map((box) => box.value)
  const dialog = at("ask-queues")
  dialog.querySelector("form").onsubmit = (event) => {
    const closes = event.submitter && event.submitter.value === "close"
    at("no-queue").hidden = closes || chosen().length > 0
    if (!at("no-queue").hidden) event.preventDefault()
  }
  ask(dialog, (answer) => onAnswer(answer === "close" ? null : chosen()))
}

export function showHelp() {
  at("ask-help").showModal()
}
