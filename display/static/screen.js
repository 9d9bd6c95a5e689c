// A screen that nobody has accepted yet: it shows a code, a new one in good time, and goes to its page by itself.

import { ask } from "./pairing.js"
import { count, put, say } from "./words.js"

const LOOK = 1_000
const AGAIN = 5_000

const at = (id) => document.getElementById(id)
let until = 0 // of the code that is shown

async function look() {
  const wait = await renew().catch(() => AGAIN)
  at("note").toggleAttribute("data-grave", wait === AGAIN)
  put(at("note"), wait === AGAIN ? say("no_answer") : count("until", Math.max(1, Math.ceil((until - Date.now()) / 60_000))))
  setTimeout(look, wait)
}

async function renew() {
  const state = until > Date.now() ? await ask("/screen/state") : null
  if (state && state.waits) return LOOK
  const told = state && state.page !== location.pathname ? state : await ask("/screen/code", { width: screen.width, height: screen.height })
  if (told.page !== location.pathname) {
    location.replace(told.page)
    return AGAIN
  }
  until = Date.now() + told.seconds * 1_000
  put(at("code"), `${told.code.slice(0, 3)} ${told.code.slice(3)}`)
  return LOOK
}

look()
