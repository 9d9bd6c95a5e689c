// What waits to be sent to the server, in its order, and what the server would not do. Values in, values out.

// An entry is {key, action, label, body, at, who, nr}. One that was not done has `why` besides, and `since`: the key of
// the one that was refused. Where that is another, `why` is empty, and `cause` the other's label.

// The server found the counter otherwise than all that follows takes for granted.
const OF_COUNTER = ["counter_busy", "counter_closed"]

export const unsent = (box) => box.filter((entry) => entry.why === undefined)

// What the clerk means, by the label that stands on the screen, so that nothing else can be meant by it later. Null
// where nobody is meant.
export function entryFor(action, body, shown, { key, at, who, nr }) {
  const calls = action === "call" || action === "call-next"
  const meant = action === "call" ? body : calls ? shown.line[0] : shown.ticket
  if (!meant) return null
  const content = { ...(body && body.ends && { ends: true }), label: meant.label, occurred: new Date(at).toISOString() }
  return { key, action: calls ? "call" : action, label: meant.label, body: content, at, who, nr }
}

export const lastNumber = (box) => box.reduce((most, { nr }) => Math.max(most, nr), 0)

// A clock may be set back; what was pressed later did not happen before.
export const momentOf = (now, box) => box.reduce((latest, { at }) => Math.max(latest, at), now)

// The server refused this one: so far as others rest on it, they are not sent either.
export function stop(box, key, why, code) {
  const at = box.findIndex((entry) => entry.key === key)
  const rests = ({ label }) => OF_COUNTER.includes(code) || label === box[at].label
  return box.map((entry, i) => {
    if (i === at) return { ...entry, why, since: key }
    return i > at && entry.why === undefined && rests(entry) ? { ...entry, why: "", since: key, cause: box[at].label } : entry
  })
}

// For the list that the clerk sees: a row for each ticket that a refusal was about.
export function rowsOf(box) {
  const rows = new Map()
  for (const entry of box.filter(({ why }) => why !== undefined)) {
    const row = `${entry.since} ${entry.label}`
    if (!rows.has(row)) rows.set(row, { label: entry.label, why: entry.why, cause: entry.cause, entries: [] })
    rows.get(row).entries.push(entry)
  }
  return [...rows.values()]
}
