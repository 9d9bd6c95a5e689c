// Being called: sound, shaking, the tab's title, and a screen that stays on, until the holder answers.

const SHAKE = [500, 200, 500, 200, 900]
const AGAIN = 6_000
const ROUNDS = 10

// Browsers refuse, and complain, before the first touch.
function mayShake() {
  return Boolean(navigator.vibrate) && (!navigator.userActivation || navigator.userActivation.hasBeenActive)
}

export function makeAlarm(chime) {
  const quietTitle = document.title
  let rounds = 0
  let timers = []

  function ring() {
    if (mayShake()) navigator.vibrate(SHAKE)
    chime.play()
    if (--rounds <= 0) clearInterval(timers[0])
  }

  return {
    start(title) {
      this.stop()
      rounds = ROUNDS
      let flash = false
      timers = [
        setInterval(ring, AGAIN),
        setInterval(() => {
          flash = !flash
          document.title = flash ? `◆ ${title}` : quietTitle
        }, 900),
      ]
      document.title = `◆ ${title}`
      ring()
    },

    stop() {
      if (timers.length && mayShake()) navigator.vibrate(0)
      timers.forEach(clearInterval)
      timers = []
      document.title = quietTitle
    },
  }
}

// Keeps the screen on while `wanted`; a phone that turns dark is a phone that is not looked at.
export function makeWakefulness() {
  let lock = null
  let wanted = false
  const hold = async () => {
    if (!wanted || lock || document.hidden || !navigator.wakeLock) return
    try {
      lock = await navigator.wakeLock.request("screen")
      lock.addEventListener("release", () => (lock = null))
    } catch {
      lock = null // low battery, say: the page does without
    }
  }
  document.addEventListener("visibilitychange", hold)
  return (on) => {
    wanted = on
    if (on) hold()
    else if (lock) lock.release()
  }
}
