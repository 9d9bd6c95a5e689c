// What the clerk sees of a link that dropped: how much waits to be sent, and what could not be done after all.

import { workAway } from "./console_away.js"
import { forgetConsoles } from "./console_kept.js"
import { count, page, put, say } from "./words.js"

const at = (id) => document.getElementById(id)
const clock = new Intl.DateTimeFormat(page.locale, { hour: "2-digit", minute: "2-digit", timeZone: page.timezone })

// `paint` shows a counter, and its queues as they are foreseen; `asItWas` is told what was kept, where the page was too.
export async function followAway({ paint, asItWas, tell, ...others }) {
  let away = null

  function show() {
    if (!away) return
    paint(away.shown(), away.queue)
    put(at("unsent"), away.unsent() ? count("unsent", away.unsent()) : "")
    showRows(away.rows())
  }

  function showRows(rows) {
    const mark = JSON.stringify(rows)
    if (at("undone").dataset.mark === mark) return
    at("undone").dataset.mark = mark
    at("undone-part").hidden = rows.length === 0
    at("undone").replaceChildren(...rows.map(rowOf))
  }

  function rowOf({ label, why, cause, entries }) {
    const row = document.createElement("li")
    const words = document.createElement("p")
    const button = make("button", say("settle"))
    const doings = entries.map((entry) => `${say(`undo_${entry.action.replace("-", "_")}`)} ${clock.format(entry.at)}`)
    words.append(make("b", label), make("small", doings.join(" · ")), make("span", why || say("rests_on", { label: cause })))
    button.type = "button"
    button.className = "button"
    button.setAttribute("aria-label", `${say("settle")}: ${label}`)
    button.addEventListener("click", () => away.dismiss(entries.map(({ key }) => key)))
    row.append(words, button)
    return row
  }

  away = await workAway({ paint: show, tell, ...others })
  if (away.kept) asItWas(away.kept)
  show()
  document.querySelector("form[action='/sign-out']").addEventListener("submit", (event) => {
    if (away.canLeave()) return forgetConsoles().catch(() => null)
    event.preventDefault()
    event.submitter.blur() // the keyboard belongs to the counter
    tell("refused", say(away.unsent() ? "unsent_leave" : "needs_link"))
  })
  return away
}

function make(tag, text) {
  const element = document.createElement(tag)
  element.textContent = text
  return element
}
