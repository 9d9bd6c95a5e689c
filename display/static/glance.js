// A glance: whenever something moves at a branch, or with a ticket, the page's own state is fetched anew and put in place.

import { follow, socketAddress } from "./stream.js"
import { page } from "./words.js"

const SOON = 400 // what moves together is fetched together
const SLOW = page.slow || (page.all ? 30_000 : 10_000) // for minutes that pass without anything moving
const BEHIND = 2_000 // of what a worker knew when it wrote the page
const UNHEARD = 30_000 // where no stream gets through
const at = (id) => document.getElementById(id)
let wanted = 0
let fetching = false

async function refresh() {
  clearTimeout(wanted)
  wanted = 0
  if (fetching || document.hidden) return want(SLOW)
  fetching = true
  let reached = false
  try {
    const answer = await fetch(page.address || location.href, { cache: "no-store" })
    const fresh = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("glance")
    if (answer.redirected || (answer.ok && !fresh)) return location.reload() // signed out meanwhile
    if (fresh && fresh.dataset.forms !== at("glance").dataset.forms) return location.reload() // what stands around it
    if (fresh) {
      const held = document.activeElement?.id
      at("glance").replaceWith(document.adoptNode(fresh))
      if (held) at(held)?.focus({ preventScroll: true }) // whoever goes by keys stays where they are
      reached = true
      followTickets()
    }
  } catch {
    // said below
  } finally {
    fetching = false
    at("glance-age").hidden = reached
  }
  want(isHeard ? SLOW : Math.min(SLOW, UNHEARD))
}

let due = 0
function want(after) {
  if (wanted && due <= Date.now() + after) return
  clearTimeout(wanted)
  due = Date.now() + after
  wanted = setTimeout(refresh, after)
}

const heard = new Map() // by stream, a queue or the ticket: what this page shows at least
const take = (stream) => (frame) => {
  if (frame.type === "gone") return want(SOON)
  if (frame.type !== "queue" && frame.type !== "ticket") return
  const name = `${stream}/${frame.type}/${frame.queue}`
  const mark = frame.type === "queue" ? `${frame.epoch}/${frame.seq}/${frame.state}` : `${frame.state}/${JSON.stringify(frame.trip)}`
  const isNews = heard.has(name) ? heard.get(name) !== mark : frame.at > page.at - BEHIND
  if (isNews) want(SOON)
  heard.set(name, mark)
}

let isHeard = true
function health({ state }) {
  isHeard = state === "live"
  if (state === "lost") want(Math.min(SLOW, UNHEARD))
}
const tickets = new Map() // token: its stream
function followTickets() {
  const wanted = new Set((at("glance").dataset.tickets || "").split(" ").filter(Boolean))
  for (const [token, stream] of tickets) {
    if (wanted.has(token)) continue
    stream.end()
    tickets.delete(token)
  }
  for (const token of wanted) if (!tickets.has(token)) tickets.set(token, follow(socketAddress({ ticket: token }), { show: take(token), health }))
}

for (const branch of page.branches || []) follow(socketAddress({ branch }), { show: take(branch), health: () => {} })
followTickets()
document.addEventListener("visibilitychange", () => document.hidden || want(0))
want(SLOW)
