// When the team comes, in words: the closer it is, the closer they are. `coming_words.py` says the same.

import { count, page, put, say } from "./words.js"

const options = { timeZone: page.timezone }
const hour = new Intl.DateTimeFormat(page.locale, { hour: "2-digit", minute: "2-digit", ...options })
const date = new Intl.DateTimeFormat(page.locale, { weekday: "long", day: "numeric", month: "long", year: "numeric", ...options })

export function comingWords({ coming, stops, earliest, latest }) {
  const days = { from: date.format(earliest), to: date.format(latest) }
  const hours = { from: hour.format(earliest), to: hour.format(latest) }
  if (coming === "week") return say("coming_week", days)
  if (coming === "day") return say("coming_day", { day: days.from })
  if (coming === "hour") return say("coming_hour", { day: days.from, ...hours })
  if (coming === "live" && stops) return count("coming_stops", stops, hours)
  return say(`coming_${coming}`, hours)
}

// A queue's frame says since when its day is in the field; `away.py` says the same.
export function showAway(element, { away }) {
  if (!element) return
  element.hidden = !away
  if (away) put(element.querySelector("span"), say("in_the_field", { time: sinceWords(away) }))
}

function sinceWords(since) {
  const time = hour.format(since)
  return date.format(since) === date.format(Date.now()) ? time : `${date.format(since)}, ${time}`
}
