// The counter as it will be once all that waits to be sent has been done. Values in, values out: no page, no clock.

const EFFECTS = { call, serve, complete, "no-show": miss, hold }

// An effect for which the counter is not as it was meant changes nothing: it is done already, or the server will say.
export function ahead(counter, entries, rules) {
  return entries.reduce((before, entry) => EFFECTS[entry.action](before, entry, rules), counter)
}

function call(counter, { label, at }) {
  if (counter.ticket) return counter
  const isOther = (item) => item.label !== label
  const known = [...counter.line, ...counter.set_aside].find((item) => !isOther(item)) || { calls: 0 }
  const line = counter.line.filter(isOther)
  const next = counter.next && isOther(counter.next) ? counter.next : line.length ? { ...line[0], why: "" } : null
  const ticket = { queue: "", class: "general", issued_at: null, ...known, label, state: "called", called_at: at, serving_at: null, calls: (known.calls || 0) + 1, beside: [], ahead: [] }
  return { ...counter, ticket, line, next, set_aside: counter.set_aside.filter(isOther) }
}

function serve(counter, { label, at }) {
  const { ticket } = counter
  return isHere(counter, label) && ticket.state === "called" ? { ...counter, ticket: { ...ticket, state: "serving", serving_at: at } } : counter
}

function complete(counter, { label }) {
  return isHere(counter, label) ? { ...counter, ticket: null } : counter
}

function miss(counter, { label }, { pause_minutes }) {
  const { ticket } = counter
  if (!isHere(counter, label) || ticket.state !== "called") return counter
  return asideFrom(counter, { state: "no_show", calls: ticket.calls, callable_at: new Date(ticket.called_at).getTime() + pause_minutes * 60_000 })
}

function hold(counter, { label }) {
  return isHere(counter, label) ? asideFrom(counter, { state: "held", calls: 0, callable_at: null }) : counter
}

function asideFrom(counter, how) {
  const { label, queue, class: kind, issued_at } = counter.ticket
  return { ...counter, ticket: null, set_aside: [{ label, queue, class: kind, issued_at, ...how }, ...counter.set_aside] }
}

const isHere = ({ ticket }, label) => ticket !== null && ticket.label === label

// Why the clerk cannot do this with the counter as it is shown: a word of the page with its fields, or null. It says
// what the server would, as far as that can be known here.
export function whyNot(counter, action, label, now, { max_calls }) {
  if (action === "call") return whyNoCall(counter, label, now, max_calls)
  if (!counter.ticket) return ["nobody", {}]
  const isOnlyForCalled = action === "serve" || action === "no-show"
  return isOnlyForCalled && counter.ticket.state === "serving" ? ["did_serve", { label }] : null
}

function whyNoCall({ ticket, state, set_aside: aside }, label, now, most) {
  if (ticket) return ["complete_first", { label: ticket.label }]
  if (state !== "open") return [state, {}]
  if (!label) return ["nobody_waiting", {}]
  const known = aside.find((item) => item.label === label)
  if (known && known.calls >= most) return ["called_out", { label, calls: known.calls }]
  return known && known.callable_at > now ? ["callable_from", { label, clock: known.callable_at }] : null
}

// The runs [prefix, first, last] of a queue without those who are called by what waits to be sent.
export function without(runs, labels) {
  return labels.reduce((left, label) => left.flatMap((run) => cut(run, label)), runs)
}

function cut([prefix, first, last], label) {
  const at = label.lastIndexOf("-")
  const number = Number(label.slice(at + 1))
  if (label.slice(0, at) !== prefix || number < first || number > last) return [[prefix, first, last]]
  return [[prefix, first, number - 1], [prefix, number + 1, last]].filter(([, from, to]) => from <= to)
}
