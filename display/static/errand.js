// The itinerary, kept true: the step that is under way at another agency tells of itself over its own stream.

import { follow, socketAddress } from "./stream.js"
import { put, say } from "./words.js"

const AGAIN = 15_000

function show(step, frame) {
  if (frame.type === "gone") location.reload()
  if (frame.type !== "ticket") return
  const before = step.dataset.step
  step.dataset.step = frame.state
  put(step.querySelector(".how"), say(`step_${frame.state}`))
  const isOver = frame.state === "completed" || frame.state === "cancelled"
  if (isOver && frame.state !== before) setTimeout(() => location.reload(), AGAIN) // by then it is known what follows
}

for (const step of document.querySelectorAll("[data-follow]")) {
  follow(socketAddress({ ticket: step.dataset.follow }), { show: (frame) => show(step, frame), health: () => {}, poll: async () => [] })
}
// On the page of a day that is over no stream says that the other agency has answered.
if (document.body.dataset.state === "over" && document.querySelector("[data-open]")) setTimeout(() => location.reload(), AGAIN)
