// Screens that nobody touches for months: they take a new version by themselves, and a fresh start each night.

import { page } from "./words.js"

const LOOK = 10 * 60_000
const NIGHT_HOUR = 3

// `isQuiet` says whether this is a moment in which nobody would miss the screen.
export function keepFresh(isQuiet) {
  const startedAt = Date.now()
  const minute = Math.floor(Math.random() * 45) // so that a look falls between it and the hour's end
  const local = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: page.timezone })

  async function look() {
    const [hour, minutes] = local.format(Date.now()).split(":").map(Number)
    const isNight = hour === NIGHT_HOUR && minutes >= minute && Date.now() - startedAt > 2 * 3_600_000
    if ((isNight || (await isOutdated())) && isQuiet() && (await isReachable())) location.reload()
  }
  setInterval(look, LOOK)
  return look
}

async function isOutdated() {
  try {
    const answer = await fetch("/display/version", { cache: "no-store" })
    return answer.ok && (await answer.text()).trim() !== document.documentElement.dataset.version
  } catch {
    return false
  }
}

// Reloading into an error page would leave the screen there for good.
async function isReachable() {
  try {
    return (await fetch(location.href, { cache: "no-store" })).ok
  } catch {
    return false
  }
}
