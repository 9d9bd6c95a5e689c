// A paired screen: it shows what the office wants it to show, and tells how it does.

import { page } from "./words.js"

const LOOK = 2_000
const TELL = 30_000
const PATIENCE = 8_000
const HOME = "/screen"

// Answers with the JSON, or throws.
export async function ask(address, body) {
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), PATIENCE)
  try {
    const answer = await fetch(address, {
      method: body ? "POST" : "GET",
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body && JSON.stringify(body),
      cache: "no-store",
      signal: patience.signal,
    })
    if (!answer.ok) throw new Error(String(answer.status))
    return answer.status === 204 ? null : await answer.json()
  } finally {
    clearTimeout(timer)
  }
}

// `isQuiet`: a moment in which nobody would miss the page. `heardAt`: when it last learned how things are, or 0.
// `hasSound`: whether it may be heard; null for a page without sound.
export function attend({ isQuiet, heardAt, hasSound }) {
  if (!page.is_paired) return

  async function look() {
    const { page: wanted } = await ask("/screen/state")
    const ended = wanted === HOME
    if (ended || (!isHere(wanted) && isQuiet())) location.replace(wanted)
  }

  async function tell() {
    const age = heardAt() ? Math.max(0, Math.round((Date.now() - heardAt()) / 1_000)) : null
    await ask("/screen/health", {
      page: location.pathname + location.search,
      version: document.documentElement.dataset.version,
      frame_age: age,
      visible: !document.hidden,
      sound: hasSound(),
      width: screen.width,
      height: screen.height,
    })
  }

  repeat(look, LOOK)
  setTimeout(() => repeat(tell, TELL), LOOK)
}

// A round that fails is only a round: the next one comes.
async function repeat(work, pause) {
  await work().catch(() => {})
  setTimeout(repeat, pause, work, pause)
}

function isHere(address) {
  const wanted = new URL(address, location.href)
  const queues = (url) => new URL(url).searchParams.get("queues") || ""
  return wanted.pathname === location.pathname && queues(wanted) === queues(location.href)
}
