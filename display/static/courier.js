// Sends what waits, strictly in its order, one after the other, each until it is answered.

const PAUSES = [300, 1_000, 2_000, 3_000]

// `first` gives what is to be sent next, or nothing; `send` answers with a verdict, or null where none came; `settle` is
// told of each verdict before the next is sent; `lose` that none came.
export function courier({ first, send, settle, lose }) {
  let isUnderWay = false
  let wake = () => {}

  async function deliver() {
    if (isUnderWay) return
    isUnderWay = true
    let failures = 0
    for (let entry = first(); entry; entry = first()) {
      const verdict = await send(entry)
      if (verdict === null) {
        lose()
        await rest(PAUSES[Math.min(failures++, PAUSES.length - 1)])
      } else {
        failures = 0
        settle(entry, verdict)
      }
    }
    isUnderWay = false
  }

  function rest(milliseconds) {
    return new Promise((go) => {
      const timer = setTimeout(go, milliseconds * (0.75 + Math.random() / 2))
      wake = () => {
        clearTimeout(timer)
        go()
      }
    })
  }

  // There is something to send, or the link seems to be back.
  return function hurry() {
    wake()
    deliver()
  }
}
