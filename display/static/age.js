// How old is what the screen shows, in words; and plainly so when nothing comes any more.

import { count, say } from "./words.js"

const WORRYING = 10_000
const DEAD = 60_000

const ELDERLY = 60_000

// Calls `paint({health, words, stale})` once a second, and at once when the health changes. `madeAt` is when the server
// made the page: a browser may show one again that it had kept.
export function watchAge(paint, clock, madeAt) {
  const isKept = Math.abs(madeAt - Date.now()) > ELDERLY
  let last = { state: "connecting", heardAt: isKept ? madeAt : Date.now() }
  const look = () => {
    const age = Math.max(0, Date.now() - last.heardAt)
    const well = last.state === "live" || last.state === "polling"
    const stale = age > DEAD || (!well && age > WORRYING)
    paint({ health: well && !stale ? "live" : stale ? "dead" : "still", stale, age, words: wordsFor(last, age, stale, clock) })
  }
  setInterval(look, 1_000)
  return (health) => {
    last = { state: health.state, heardAt: health.heardAt || last.heardAt }
    look()
  }
}

function wordsFor(last, age, stale, clock) {
  if (stale) return say("stale", { time: clock(last.heardAt), age: ago(age) })
  if (last.state === "lost" || last.state === "connecting") return say("reconnecting")
  return say("checked", { age: ago(age) })
}

function ago(milliseconds) {
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 3) return say("just_now")
  if (seconds < 60) return count("seconds", seconds)
  const minutes = Math.floor(seconds / 60)
  return minutes < 120 ? count("minutes", minutes) : count("hours", Math.floor(minutes / 60))
}

