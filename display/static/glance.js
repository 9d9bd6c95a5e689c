// The office's glance: whenever something moves at a branch, the page's own state is fetched anew and put in place.

import { follow, socketAddress } from "./stream.js"
import { page } from "./words.js"

const SOON = 400 // what moves together is fetched together
const SLOW = 10_000 // with more branches than streams, and for minutes that pass without anything moving
let wanted = 0
let fetching = false

async function refresh() {
  clearTimeout(wanted)
  wanted = 0
  if (fetching || document.hidden) return want(SLOW)
  fetching = true
  let reached = false
  try {
    const answer = await fetch(location.href, { cache: "no-store" })
    const fresh = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("glance")
    if (answer.redirected || (answer.ok && !fresh)) return location.reload() // signed out meanwhile
    if (fresh) {
      const held = document.activeElement?.id
      document.getElementById("glance").replaceWith(document.adoptNode(fresh))
      if (held) document.getElementById(held)?.focus({ preventScroll: true }) // whoever goes by keys stays where they are
      reached = true
    }
  } catch {
    // said below
  } finally {
    fetching = false
    document.getElementById("glance-age").hidden = reached
  }
  want(page.all ? 30_000 : SLOW)
}

let due = 0
function want(after) {
  if (wanted && due <= Date.now() + after) return
  clearTimeout(wanted)
  due = Date.now() + after
  wanted = setTimeout(refresh, after)
}

const heard = new Map() // queue: the seq that this page shows at least
function take(frame) {
  if (frame.type !== "queue") return
  const name = `${frame.branch}/${frame.queue}`
  const mark = `${frame.epoch}/${frame.seq}/${frame.state}`
  if (heard.has(name) && heard.get(name) !== mark) want(SOON)
  heard.set(name, mark)
}

for (const branch of page.branches) follow(socketAddress({ branch }), { show: take, health: () => {} })
document.addEventListener("visibilitychange", () => document.hidden || want(0))
want(page.all ? 30_000 : SLOW)
