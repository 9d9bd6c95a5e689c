// The console's page when there is no link. Whatever the network gives comes first, so that nobody is held back by what
// was kept; and nothing is kept here: the page does that itself.

const PREFIX = "console:"
const PATIENCE = 4_000
const AWAY = [502, 503, 504]

self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()))
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()))
self.addEventListener("fetch", (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== "GET" || origin !== self.location.origin) return
  if (request.mode === "navigate") event.respondWith(fromNetwork(request, pathname))
  else if (pathname.startsWith("/static/")) event.respondWith(fromCache(request))
})

async function fromNetwork(request, pathname) {
  const fetching = fetch(request)
  const patience = new Promise((go) => setTimeout(go, PATIENCE))
  const answer = await Promise.race([fetching.catch(() => null), patience])
  if (answer && !AWAY.includes(answer.status)) return answer
  const kept = await caches.match(pathname, { cacheName: `${PREFIX}${pathname}`, ignoreVary: true })
  return kept || fetching
}

// The version stands in the address: what is there never changes.
async function fromCache(request) {
  return (await caches.match(request, { ignoreVary: true })) || fetch(request)
}
