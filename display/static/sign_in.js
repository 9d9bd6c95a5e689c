// A link may bring the key behind its #, where no server and no log sees it; it leaves the address at once.

import { forgetConsoles } from "./console_kept.js"

const key = new URLSearchParams(location.hash.slice(1)).get("key")

if (key) {
  history.replaceState(null, "", location.pathname + location.search)
  const field = document.querySelector("[name=key]")
  field.value = key
  field.form.requestSubmit()
}

// Whoever comes here is signed in no more, on whichever page that ended.
forgetConsoles().catch(() => null)
