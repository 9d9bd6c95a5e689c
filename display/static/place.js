// Where a label stands, and how long that may take. Numbers in, numbers out: no page, no clock.

// How many stand before this label in runs [prefix, first, last]; null when it does not stand there.
export function aheadOf(label, runs) {
  const cut = label.lastIndexOf("-")
  const prefix = label.slice(0, cut)
  const number = Number(label.slice(cut + 1))
  let ahead = 0
  for (const [of, first, last] of runs) {
    if (of === prefix && number >= first && number <= last) return ahead + number - first
    ahead += last - first + 1
  }
  return null
}

export function lengthOf(runs) {
  return runs.reduce((sum, [, first, last]) => sum + last - first + 1, 0)
}

// Knots are [ahead, p50, p80] in seconds; null when there is no honest estimate.
export function waitFor(ahead, knots) {
  if (ahead === null || !knots || knots.length === 0) return null
  if (knots.length === 1) {
    const [at, p50, p80] = knots[0]
    const share = (ahead + 1) / (at + 1)
    return { p50: p50 * share, p80: p80 * share }
  }
  let i = 1
  while (i < knots.length - 1 && ahead > knots[i][0]) i++
  const [a, b] = [knots[i - 1], knots[i]]
  const share = (Math.max(ahead, knots[0][0]) - a[0]) / (b[0] - a[0] || 1)
  const p50 = Math.max(0, a[1] + share * (b[1] - a[1]))
  return { p50, p80: Math.max(p50, a[2] + share * (b[2] - a[2])) }
}

const STEP = 5 * 60_000
const SOON = 2 * 60_000

// Clock times on whole five minutes that hold the wait; "soon" and "late" where a range would pretend.
export function rangeOf(wait, at, now) {
  if (!wait) return { kind: "unknown" }
  const until = at + wait.p80 * 1000
  if (until < now) return { kind: wait.p80 > 0 ? "late" : "soon" }
  if (until - now < SOON) return { kind: "soon" }
  const from = Math.max(now, Math.floor((at + wait.p50 * 1000) / STEP) * STEP)
  const to = Math.ceil(until / STEP) * STEP
  return { kind: "range", from, to: to - from < 60_000 ? to + STEP : to }
}

// Whole minutes that hold the wait, for someone who would take a number now.
export function minutesOf(wait) {
  if (!wait) return null
  const from = Math.floor(wait.p50 / 60)
  return [from, Math.max(from + 1, Math.ceil(wait.p80 / 60))]
}

// Which of the causes in a frame moved a place from `before` to `after`, as [cause, label or null].
export function causeOf(why, before, after, own) {
  if (before === null || after === null || before === after) return null
  const leaving = ["called", "cancelled", "held", "transferred"]
  const coming = ["priority", "booked", "requeued", "undone", "issued", "transferred"]
  const likely = after < before ? leaving : coming
  const [label, cause] = (why || []).find(([label, cause]) => label !== own && likely.includes(cause)) || [null, null]
  return [cause, label]
}
