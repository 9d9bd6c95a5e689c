// What is kept of a console so that it can be opened without a link: its page, and how the counter stood. Browsers offer
// that to secure pages only; elsewhere the console is the same, as long as nobody reloads it.

const PREFIX = "console:" // the worker knows it as well
const STATE = "/counter-state"

const place = () => `${PREFIX}${location.pathname}`
const isOffered = () => isSecureContext && "caches" in window && "serviceWorker" in navigator

// Under the addresses of this very version: a new one replaces the worker of the old.
export async function keepPage({ worker, files }) {
  if (!isOffered()) return
  await navigator.serviceWorker.register(worker, { scope: location.pathname })
  const page = await fetch(location.pathname)
  if (!page.ok || page.redirected) return
  const marked = (await page.text()).replace("<html ", "<html data-kept ")
  const cache = await caches.open(place())
  await cache.addAll(files)
  await cache.put(location.pathname, new Response(marked, { headers: page.headers }))
  const kept = new Set([...files, location.pathname, STATE])
  const others = (await cache.keys()).filter(({ url }) => !kept.has(new URL(url).pathname))
  await Promise.all(others.map((request) => cache.delete(request)))
}

export async function keepState(state) {
  if (!isOffered() || !(await caches.has(place()))) return // nothing would be there to show it
  await (await caches.open(place())).put(STATE, new Response(JSON.stringify(state)))
}

// Null on a page that came from the server: it knows better.
export async function readState() {
  if (!("kept" in document.documentElement.dataset)) return null
  const found = await caches.match(STATE, { cacheName: place() })
  return found ? found.json() : null
}

// Nobody is signed in any more.
export async function forgetConsoles() {
  if (!isOffered()) return
  const theirs = (await caches.keys()).filter((name) => name.startsWith(PREFIX))
  await Promise.all(theirs.map((name) => caches.delete(name)))
}
