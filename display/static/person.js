// One field in full, for a reason. It stands on the page until that is left or a minute is over.

import { page, put, say } from "./words.js"

const SHOWN = 60_000
const form = document.getElementById("reveal")

async function reveal(event) {
  event.preventDefault()
  const problem = document.getElementById("problem")
  problem.hidden = true
  const { field, reason } = Object.fromEntries(new FormData(form))
  const answer = await fetch(form.dataset.address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": page.csrf },
    body: JSON.stringify({ field, reason }),
  }).catch(() => null)
  const told = await answer?.json().catch(() => null)
  if (answer?.ok) return show(field, told.value)
  put(problem, told?.detail || say("no_answer"))
  problem.hidden = false
}

function show(field, value) {
  const place = document.querySelector(`[data-field="${field}"]`)
  const masked = place.textContent
  put(place, value)
  form.reset()
  setTimeout(() => put(place, masked), SHOWN)
}

form?.addEventListener("submit", reveal)
