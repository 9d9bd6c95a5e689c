// The kiosk stays on its page: the answer is laid into it, so that a lost network never leaves a browser's error there.

import { press, watchScanner } from "./arrive.js"
import { attend } from "./pairing.js"
import { keepFresh } from "./upkeep.js"
import { put, say } from "./words.js"

const PATIENCE = 8_000
const IDLE = 45_000
const LOOK = 20_000

const main = document.getElementById("main")
let countdown = 0
let touchedAt = Date.now()
let heardAt = Date.now()
const start = `${location.pathname}${location.search}`

async function choose(event) {
  const form = event.target
  if (!event.submitter) return
  event.preventDefault()
  if (form.getAttribute("aria-busy") === "true") return
  form.setAttribute("aria-busy", "true")
  event.submitter.classList.add("chosen")
  const content = new URLSearchParams(new FormData(form))
  if (event.submitter.name) content.set(event.submitter.name, event.submitter.value)
  await ask(form.action, content)
  event.submitter.classList.remove("chosen")
  form.removeAttribute("aria-busy")
}

async function ask(address, content) {
  const { laid, refusal } = await send(address, content).catch(() => ({}))
  if (laid) return layIn(laid)
  // The same key stays in the form: trying again cannot make a second ticket.
  const problem = document.getElementById("problem")
  if (!problem) return
  problem.hidden = false
  put(problem, refusal || say("no_answer"))
}

// Whatever the screen shows: who holds a code under the scanner has come.
function arrive(code) {
  const lang = document.documentElement.lang
  if (!document.querySelector("form[aria-busy]")) ask(`${home()}/check-in`, new URLSearchParams({ code, lang }))
}

function onClick(event) {
  const link = event.target.closest("a[data-lay]")
  if (link) {
    event.preventDefault()
    return ask(link.href)
  }
  const key = event.target.closest("[data-key]")
  const code = document.getElementById("code")
  if (key && code) press(key.dataset.key, code)
}

async function send(address, content) {
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), PATIENCE)
  try {
    const answer = await fetch(address, { method: content ? "POST" : "GET", body: content, headers: { Accept: "text/html" }, signal: patience.signal })
    const text = await answer.text()
    const document = new DOMParser().parseFromString(text, "text/html")
    const laid = document.getElementById("main")
    if (laid) heardAt = Date.now()
    return laid ? { laid } : { refusal: document.querySelector("main p").textContent }
  } finally {
    clearTimeout(timer)
  }
}

function layIn(laid) {
  main.dataset.seconds = laid.dataset.seconds || ""
  main.replaceChildren(...laid.childNodes)
  document.getElementById("code")?.focus() // for whoever has a scanner or keys
  window.scrollTo(0, 0)
  countDown()
}

function countDown() {
  clearInterval(countdown)
  document.getElementById("languages").hidden = Boolean(main.dataset.seconds)
  if (!main.dataset.seconds) return
  let left = Number(main.dataset.seconds)
  countdown = setInterval(() => {
    left -= 1
    put(document.getElementById("countdown"), String(Math.max(0, left)))
    if (left <= 0) goBack()
  }, 1_000)
}

async function goBack(event) {
  if (event) event.preventDefault()
  clearInterval(countdown)
  // The next visitor is greeted in the kiosk's own language.
  const { laid } = await send(home()).catch(() => ({}))
  if (!laid) return (countdown = setTimeout(goBack, 2_000))
  if (start !== home()) return location.assign(home())
  layIn(laid)
}

const home = () => document.body.dataset.home

// Somebody who walked away leaves their choices; and the lengths shown would grow old.
async function tidy() {
  if (main.dataset.seconds || document.querySelector("form[aria-busy]")) return
  if (Date.now() - touchedAt < (document.getElementById("person") ? IDLE : LOOK)) return
  if (start !== home()) return Date.now() - touchedAt > IDLE ? location.assign(home()) : undefined
  const { laid } = await send(home()).catch(() => ({}))
  if (laid && !main.dataset.seconds && Date.now() - touchedAt >= LOOK) layIn(laid)
}

document.addEventListener("submit", (event) => (event.target.closest(".got-back") ? goBack(event) : choose(event)))
document.addEventListener("click", onClick)
watchScanner(arrive)
for (const sign of ["pointerdown", "input"]) document.addEventListener(sign, () => (touchedAt = Date.now()))
document.addEventListener("contextmenu", (event) => event.preventDefault())
setInterval(tidy, LOOK)
countDown()
const isQuiet = () => !main.dataset.seconds && Date.now() - touchedAt > IDLE
keepFresh(isQuiet)
attend({ isQuiet, heardAt: () => heardAt, hasSound: () => null })
