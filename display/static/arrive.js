// Somebody with an appointment: a keypad on the screen, and a scanner that types what it reads, and Enter.

const TOGETHER = 100 // milliseconds between two keys of a scanner; no finger is so quick
const SHORTEST = 8

export function press(key, input) {
  const at = input.value.length
  input.value = key === "Backspace" ? input.value.slice(0, at - 1) : input.value + key
}

// On whatever screen the kiosk is: `take` is given what was scanned.
export function watchScanner(take) {
  let scanned = ""
  let lastAt = 0
  document.addEventListener("keydown", (event) => {
    if (event.target.closest && event.target.closest("input")) return // typed there, and sent by Enter
    const now = event.timeStamp
    if (now - lastAt > TOGETHER) scanned = ""
    lastAt = now
    if (event.key.length === 1) {
      scanned += event.key
      if (event.key === " ") event.preventDefault()
    } else if (event.key === "Enter" && scanned.length >= SHORTEST) {
      event.preventDefault() // else it would press the button that was touched last
      const text = scanned
      scanned = ""
      take(text)
    }
  })
}
