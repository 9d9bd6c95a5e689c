// A console whose link may drop: what the clerk does is kept, shown as done, and sent in its order when the link is back.

import { NoAnswer, Refused, act } from "./actions.js"
import { ahead, whyNot, without } from "./console_ahead.js"
import { keepPage, keepState, readState } from "./console_kept.js"
import { courier } from "./courier.js"
import { entryFor, lastNumber, momentOf, stop, unsent } from "./outbox.js"
import { openDisk } from "./outbox_disk.js"
import { page, say } from "./words.js"

const TAKEN = ["call-next", "call", "serve", "complete", "no-show", "hold"]
const HELD_UP = 1_000 // milliseconds without an answer until the clerk goes on without one
const HELD_UP_AGAIN = 150 // where there was none just now
const SAVED_EVERY = 1_000
const VERDICTLESS = [403, 429] // about who asks, or how often; nothing is decided of what was asked

// `ask` does an action at once and answers as `act` does; `clock` tells the server's time, and `lag` how far this
// tablet's is behind it.
export async function workAway({ address, headers, counter, clock, paint, tell, signIn }) {
  await isAlone()
  const disk = await openDisk(location.pathname)
  const rules = page.away
  const frames = new Map()
  const waiting = new Map() // by key: who waits for the verdict with the clerk
  const tried = new Set() // these may have come to the server
  let box = await disk.read()
  let known = counter
  let heardAt = page.at
  let isLost = false
  let settled = 0 // how often; a look that began before shows what is no more
  unsent(box).forEach(({ key }) => tried.add(key))

  const hurry = courier({ first: () => unsent(box)[0], send, settle, lose })
  const isBehind = () => unsent(box).length > 0
  const shown = () => ({ ...ahead(known, unsent(box), rules), ...(isBehind() && { undo: undoable() }) })
  const undoable = () => (last() && !tried.has(last().key) ? last().action : null)
  const last = () => unsent(box).at(-1)

  const kept = await readState()
  if (kept && kept.heardAt > heardAt) {
    known = kept.counter
    heardAt = kept.heardAt
    kept.frames.forEach((frame) => frames.set(frame.queue, frame))
  }

  async function send(entry) {
    tried.add(entry.key)
    if (entry.who !== page.away.who) return { error: new Refused(403, { detail: say("somebody_else") }) }
    try {
      return { answer: await act(`${address}/${entry.action}`, { body: entry.body, key: entry.key, headers, pauses: [] }) }
    } catch (error) {
      if (error instanceof NoAnswer) return null
      if (error.status === 401) signIn()
      else if (VERDICTLESS.includes(error.status)) tell("refused", error.message)
      else return { error }
      return null
    }
  }
}
