// Asking the server to do something: once, however often the network makes us ask.

const PATIENCE = 5_000
const PAUSES = [300, 1_000, 2_000]
const AWAY = [502, 503, 504]

export class Refused extends Error {
  constructor(status, { detail, code } = {}) {
    super(detail || "")
    this.status = status
    this.code = code || ""
  }
}

export class NoAnswer extends Error {}

// randomUUID is there only on secure pages, and a counter may well be reached by plain http on its own network.
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
}

// Answers with the JSON (null for 204), throws Refused with the server's sentence, or NoAnswer.
export async function act(address, { body, key = newKey(), headers = {}, pauses = PAUSES } = {}) {
  for (let attempt = 0; ; attempt++) {
    const answer = await attemptOnce(address, { body, key, headers }).catch(() => null)
    if (answer && !AWAY.includes(answer.status)) return contentOf(answer)
    if (attempt >= pauses.length) throw new NoAnswer()
    await new Promise((go) => setTimeout(go, pauses[attempt]))
  }
}

function attemptOnce(address, { body, key, headers }) {
  return ask(address, {
    method: "POST",
    headers: { ...spoken(), ...headers, "Idempotency-Key": key, ...(body && { "Content-Type": "application/json" }) },
    body: body && JSON.stringify(body),
  })
}

// Revalidated by ETag: an unchanged state costs a few bytes.
export async function look(address) {
  return contentOf(await ask(address, { cache: "no-cache", headers: spoken() }))
}

// Rejects where the answer does not come whole and in time.
async function ask(address, request) {
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), PATIENCE)
  try {
    const answer = await fetch(address, { ...request, signal: patience.signal })
    return { status: answer.status, ok: answer.ok, content: await read(answer) }
  } finally {
    clearTimeout(timer)
  }
}

async function read(answer) {
  if (answer.status === 204) return null
  try {
    return await answer.json()
  } catch (error) {
    if (answer.ok) throw error
    return {} // a proxy's own page
  }
}

function contentOf({ status, ok, content }) {
  if (!ok) throw new Refused(status, content)
  return content
}

function spoken() {
  return { Accept: "application/json", "Accept-Language": document.documentElement.lang }
}
