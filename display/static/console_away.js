// A console whose link may drop: what the clerk does is kept, shown as done, and sent in its order when the link is back.

import { NoAnswer, Refused, act, look, newKey } from "./actions.js"
import { ahead, whyNot, without } from "./console_ahead.js"
import { keepPage, keepState, readState } from "./console_kept.js"
import { courier } from "./courier.js"
import { entryFor, lastNumber, momentOf, rowsOf, stop, unsent } from "./outbox.js"
import { openDisk } from "./outbox_disk.js"
import { page, say } from "./words.js"

const TAKEN = ["call-next", "call", "serve", "complete", "no-show", "hold"]
const PATIENCE = 1_000 // milliseconds without an answer until the clerk goes on without one
const LITTLE_PATIENCE = 150 // where none came just now
const SAVED_AFTER = 200
const ABOUT_THE_ASKER = [403, 429] // nothing is decided of what was asked

// `counter` gives what the page shows, `frames` are the newest of its queues, `clock` tells the server's time; `paint` is
// told that something changed, `lookSoon` that the server should be looked at.
export async function workAway({ address, headers, counter, frames, clock, paint, lookSoon, reconnect, tell, signIn }) {
  await isAlone()
  const [disk, kept] = [await openDisk(location.pathname), await readState().catch(() => null)]
  const clerks = new Map() // by key: who stands before the screen and waits for a verdict
  const tried = new Set() // these may have come to the server
  let box = await disk.read()
  let known = counter()
  let heardAt = page.at
  let isLost = false
  let isStreaming = true
  let verdicts = 0
  let saving = 0

  const waits = () => unsent(box)
  const isBehind = () => waits().length > 0
  const canTakeBack = () => isBehind() && !tried.has(waits().at(-1).key)
  const shown = () => {
    const foreseen = ahead(known, waits(), page.away)
    return isBehind() ? { ...foreseen, undo: canTakeBack() ? waits().at(-1).action : null } : foreseen
  }

  waits().forEach(({ key }) => tried.add(key))
  if (kept) {
    known = kept.counter
    heardAt = kept.heardAt
    isLost = true // there was no link even for the page
    kept.frames.forEach((frame) => frames.set(frame.queue, frame))
  }

  // Doing

  // As `act` answers; with `isLater` once it is kept, where no answer came.
  async function perform(action, body, key) {
    if (!TAKEN.includes(action)) return takeBack(action)
    const at = momentOf(clock(), waits())
    const entry = entryFor(action, body, shown(), { key, at, who: page.away.who, nr: lastNumber(box) + 1 })
    if (isBehind() || isLost) check(action, entry)
    else if (!entry) return act(`${address}/${action}`, { body, key, headers }) // the server says so in its own words
    box = [...box, entry]
    const stored = disk.write([entry])
    const verdict = new Promise((resolve) => clerks.set(entry.key, resolve))
    hurry()
    const { answer, error } = await Promise.race([verdict, orLater(entry, stored)])
    if (!error) return answer
    if (action === "call-next" && error.code === "not_allowed" && (await isOvertaken(entry))) return perform(action, body, newKey())
    throw error
  }

  // Another tablet was quicker; whoever is first by now is called instead.
  async function isOvertaken({ label }) {
    known = await look(address)
    return known.line.length > 0 && known.line[0].label !== label
  }

  function check(action, entry) {
    const means = entry ? entry.action : action === "call-next" ? "call" : action
    const found = isOfToday() ? whyNot(shown(), means, entry && entry.label, clock(), page.away) : ["old_day", {}]
    if (!found) return
    const [word, fields] = found
    const told = fields.clock ? { ...fields, clock: hour.format(fields.clock) } : fields
    throw new Refused(409, { detail: say(word, told) })
  }

  async function orLater({ key, label }, stored) {
    await new Promise((go) => setTimeout(go, isLost ? LITTLE_PATIENCE : PATIENCE))
    const isStored = await stored.then(() => true, () => false)
    clerks.delete(key)
    isLost = true
    paint()
    if (!isStored) return { error: new Refused(0, { detail: say("cannot_keep") }) }
    return { answer: { label, isLater: true } }
  }

  function takeBack(action) {
    if (action !== "undo" || !canTakeBack()) throw new Refused(409, { detail: say("needs_link") })
    const { key, label } = waits().at(-1)
    drop([key])
    paint()
    return { label }
  }

  // Sending

  const hurry = courier({ first: () => waits()[0], send, settle, lose })

  // A verdict, or null where there was none.
  async function send({ action, body, key, who }) {
    if (who !== page.away.who) return { error: new Refused(0, { detail: say("somebody_else") }) }
    tried.add(key)
    try {
      return { answer: await act(`${address}/${action}`, { body, key, headers, pauses: [] }) }
    } catch (error) {
      if (error instanceof Refused && error.status !== 401 && !ABOUT_THE_ASKER.includes(error.status)) return { error }
      if (error.status === 401) signIn()
      else if (!(error instanceof NoAnswer)) tell("refused", error.message)
      return null
    }
  }

  function settle(entry, verdict) {
    const clerk = clerks.get(entry.key)
    clerks.delete(entry.key)
    verdicts += 1
    regain()
    if (verdict.answer) known = ahead(known, [entry], page.away)
    if (verdict.answer || clerk) drop([entry.key])
    else replace(stop(box, entry.key, verdict.error.message, verdict.error.code))
    if (clerk) clerk(verdict)
    else if (verdict.error) tell("refused", say("see_undone"))
    else if (!isBehind() && !rowsOf(box).length) tell("done", say("all_sent"))
    save()
    paint()
    if (!clerk) lookSoon()
  }

  // The stream would try again in its own time, which may be half a minute.
  function regain() {
    if (isLost && !isStreaming) reconnect()
    isLost = false
  }

  function lose() {
    isLost = true
    paint()
  }

  // What cannot be written now is written another time: with its key nothing is done twice.
  function drop(keys) {
    box = box.filter(({ key }) => !keys.includes(key))
    disk.remove(keys).catch(() => null)
  }

  function replace(changed) {
    disk.write(changed.filter((entry) => !box.includes(entry))).catch(() => null)
    box = changed
  }

  // Keeping

  function save() {
    if (!saving) saving = setTimeout(saveNow, SAVED_AFTER)
  }

  function saveNow() {
    saving = 0
    keepState({ counter: known, frames: [...frames.values()], heardAt, skew: clock() - Date.now() }).catch(() => null)
  }

  const hour = new Intl.DateTimeFormat(page.locale, { hour: "2-digit", minute: "2-digit", timeZone: page.timezone })
  const day = new Intl.DateTimeFormat("en-CA", { timeZone: page.timezone, dateStyle: "short" })
  const isOfToday = () => day.format(clock()) === day.format(heardAt)

  if (isBehind()) hurry()
  keepPage(page.away).then(saveNow).catch(() => null)

  return {
    kept,
    perform,
    takes: (action) => TAKEN.includes(action) || isBehind(),
    shown,
    queue: (frame) => ({ ...frame, waiting: without(frame.waiting, waits().map(({ label }) => label)) }),
    unsent: () => waits().length,
    rows: () => rowsOf(box),
    dismiss(keys) {
      drop(keys)
      paint()
    },
    mark: () => verdicts,
    // What the server showed, where nothing was settled since the look began.
    see(seen, mark) {
      if (mark === verdicts) {
        known = seen
        regain()
        note()
      } else {
        lookSoon()
      }
      return shown()
    },
    hear,
    canLeave: () => !isBehind() && !isLost,
  }

  // Of the stream.
  function hear({ state }) {
    isStreaming = state === "live" || state === "polling"
    if (state === "lost") isLost = true
    if (!isStreaming) return
    isLost = false
    note()
  }

  function note() {
    heardAt = clock()
    save()
    if (isBehind()) hurry()
  }
}

// Of two tabs at the same counter, the later one waits until the first is gone.
function isAlone() {
  if (!navigator.locks) return null
  return new Promise((go) => navigator.locks.request(`antrean-outbox ${location.pathname}`, () => {
    go()
    return new Promise(() => null) // until the page is gone
  }))
}
