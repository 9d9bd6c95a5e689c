// A link may bring the key behind its #, where no server and no log sees it; it leaves the address at once.

const key = new URLSearchParams(location.hash.slice(1)).get("key")

if (key) {
  history.replaceState(null, "", location.pathname + location.search)
  const field = document.querySelector("[name=key]")
  field.value = key
  field.form.requestSubmit()
}
