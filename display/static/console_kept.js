// What is kept of a console so that it can be opened without a link: its page, and how the counter stood. Browsers offer
// that to secure pages only; elsewhere the console is the same, as long as nobody reloads it.

const PREFIX = "console:" // the worker knows it as well
const STATE = "/counter-state"
const TAKES_OVER = 2_000 // milliseconds that a worker may take for it
const TRIES = 20

const place = () => `${PREFIX}${location.pathname}`
const isOffered = () => isSecureContext && "caches" in window && "serviceWorker" in navigator

// Under the addresses of this very version: a new one replaces the worker of the old. The page comes after all that it
// needs, and takes the place of the one before in one step: whenever this breaks off, what is kept fits together.
export async function keepPage({ worker, files }) {
  if (!isOffered()) return
  takeOver(worker).catch(() => null)
  const page = await fetch(location.pathname)
  const text = await page.text()
  if (!page.ok || page.redirected || !text.includes(worker)) return // another version by now: its own page will see to it
  const cache = await caches.open(place())
  await Promise.all(files.map((file) => keepFile(cache, file)))
  const marked = text.replace("<html ", "<html data-kept ")
  await cache.put(location.pathname, new Response(marked, { headers: page.headers }))
  const kept = new Set([...files, location.pathname, STATE])
  const others = (await cache.keys()).filter(({ url }) => !kept.has(new URL(url).pathname))
  await Promise.all(others.map((request) => cache.delete(request)))
}

// Where the worker of the old version was busy in the moment in which it was to be replaced, Chromium lets the new one wait
// until all pages are closed, or nothing was asked for half a minute. It looks anew for one of another address.
async function takeOver(worker) {
  const scope = location.pathname
  for (let times = 0; times < TRIES && !(await isAtWork(worker, scope)); times++) {
    await navigator.serviceWorker.register(times ? `${worker}?${times}` : worker, { scope })
    await new Promise((go) => setTimeout(go, TAKES_OVER))
  }
}

async function isAtWork(worker, scope) {
  const { active } = (await navigator.serviceWorker.getRegistration(scope)) || {}
  return Boolean(active) && new URL(active.scriptURL).pathname === worker
}

// A server of another version has another file there, and says that it may change.
async function keepFile(cache, address) {
  const file = await fetch(address)
  if (!file.ok || !file.headers.get("Cache-Control").includes("immutable")) throw new Error(`${address} is of another version.`)
  await cache.put(address, file)
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
