// One call at a time: what comes meanwhile waits its turn, each call once, and never without bound.

const MOST = 20

// `announce` answers a promise that ends when the call has been seen and heard; `stillCalled` is asked just before.
export function makeAnnouncer(announce, stillCalled = () => true) {
  const waiting = []
  let isBusy = false

  async function run() {
    isBusy = true
    while (waiting.length) {
      const call = waiting.shift()
      if (!stillCalled(call)) continue
      try {
        await announce(call, waiting.length)
      } catch (error) {
        console.error(error) // one call that cannot be announced must not silence the rest
      }
    }
    isBusy = false
  }

  return {
    add(call) {
      if (waiting.some(({ label, counter }) => label === call.label && counter === call.counter)) return
      waiting.push(call)
      if (waiting.length > MOST) waiting.shift()
      if (!isBusy) run()
    },
    isQuiet: () => !isBusy,
  }
}

// What is new between two lists of [label, counter, state], oldest first; `why` tells of calls made again.
export function newCalls(before, now, why) {
  const known = new Set(before.filter(([, , state]) => state === "called").map(([label, counter]) => `${label} ${counter}`))
  const again = new Set((why || []).filter(([, cause]) => cause === "recalled").map(([label]) => label))
  return now
    .filter(([label, counter, state]) => state === "called" && (!known.has(`${label} ${counter}`) || again.has(label)))
    .reverse()
}
