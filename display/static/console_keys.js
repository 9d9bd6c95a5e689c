// One key, one action. A key that is held down is pressed once.

const KEYS = {
  " ": "call-next",
  f2: "call-next",
  enter: "complete",
  r: "recall",
  s: "no-show",
  h: "hold",
  t: "transfer",
  u: "undo",
  l: "serve",
  b: "requeue",
  c: "call",
  p: "toggle",
  w: "queues",
  e: "end",
  g: "urgent",
  k: "class",
  "?": "help",
}

function actionOf(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return null
  return KEYS[event.key.toLowerCase()] || null
}

// A button reached with Tab keeps its own Space and Enter; fields and dialogs keep all their keys.
function isTheirs(event) {
  const target = event.target
  const dialog = target.closest("dialog")
  if (dialog) return dialog.open // for a moment after it closed, keys still arrive there
  if (target.closest("input, select, textarea")) return true
  return (event.key === " " || event.key === "Enter") && target.closest("button, a[href], summary") !== null
}

export function listenToKeys(start) {
  document.addEventListener("keydown", (event) => {
    if (event.repeat && actionOf(event)) event.preventDefault() // on a button, too: it must not call five people
    if (event.repeat || isTheirs(event)) return
    const action = actionOf(event)
    if (!action || document.querySelector("dialog[open]")) return
    event.preventDefault()
    start(action)
  })
}
