// Following the stream: whole states come, the newest wins, and a lost connection is only another connection.

const SILENT = 60_000 // the server says something every 25 s
const SLOW = 10_000
const STABLE = 60_000
const FULL = 1013 // the code of a server that holds as many streams as it may
const PATIENT = 4 // attempts that count as made when it is: the next comes within 16 s, not within one
const BLOCKED = 3 // attempts in a row without one frame: perhaps sockets do not get through here

export function delayBefore(tries, random = Math.random) {
  return random() * Math.min(30_000, 1_000 * 2 ** tries)
}

export function isNewer(frame, shown) {
  return !shown || frame.epoch !== shown.epoch || frame.seq >= shown.seq
}

// `show` gets each frame that is news, `health` each change of {state, heardAt}, `poll` answers with frames by HTTP.
export function follow(address, { show, health, poll, random = Math.random }) {
  const shown = new Map()
  let socket = null
  let state = ""
  let heardAt = 0
  let openedAt = 0
  let tries = 0
  let unheard = 0
  let retry = 0
  let polling = 0
  let ended = false

  const tell = (next) => {
    state = next
    health({ state, heardAt })
  }

  const receive = (frame) => {
    if (frame.type === "queue") {
      const key = `${frame.branch}/${frame.queue}`
      if (!isNewer(frame, shown.get(key))) return
      shown.set(key, frame)
    }
    show(frame)
  }

  const hear = (next) => {
    heardAt = Date.now()
    tell(next)
  }

  function connect() {
    clearTimeout(retry)
    if (ended || document.hidden) return
    drop()
    openedAt = Date.now()
    const mine = (socket = new WebSocket(address))
    mine.onmessage = ({ data }) => {
      if (mine !== socket) return
      unheard = 0
      stopPolling()
      if (Date.now() - openedAt > STABLE) tries = 0
      hear("live")
      receive(JSON.parse(data))
    }
    mine.onclose = ({ code }) => mine === socket && lose(code)
    if (state !== "polling") tell("connecting")
  }

  function drop() {
    const old = socket
    socket = null
    if (old) old.close()
  }

  function lose(code) {
    drop()
    if (code === FULL) tries = Math.max(tries, PATIENT)
    unheard += 1
    if (state !== "polling") tell("lost")
    retry = setTimeout(connect, delayBefore(tries, random))
    tries += 1
    if (unheard >= BLOCKED && poll && !polling) startPolling()
  }

  function startPolling() {
    polling = setTimeout(async () => {
      try {
        if (!document.hidden) {
          const frames = await poll()
          if (polling) {
            frames.forEach(receive)
            hear("polling")
          }
        }
      } catch {
        if (polling) tell("lost")
      }
      if (polling) startPolling()
    }, 4_000 + random() * 8_000)
  }

  function stopPolling() {
    clearTimeout(polling)
    polling = 0
  }

  function reconnectNow() {
    tries = 0
    connect()
  }

  // A phone that slept finds its socket open and dead: 30 s without the 25 s tick is enough to doubt it.
  function wake() {
    if (!document.hidden && (!socket || Date.now() - Math.max(heardAt, openedAt) > SILENT / 2)) reconnectNow()
  }

  function watch() {
    if (!socket) return
    const since = Date.now() - Math.max(heardAt, openedAt)
    if (since > (socket.readyState === WebSocket.OPEN ? SILENT : SLOW)) lose()
  }

  document.addEventListener("visibilitychange", wake)
  window.addEventListener("pageshow", wake)
  window.addEventListener("online", reconnectNow)
  const watching = setInterval(watch, 5_000)
  connect()

  return {
    reconnectNow,
    end() {
      ended = true
      clearTimeout(retry)
      clearInterval(watching)
      stopPolling()
      drop()
    },
  }
}

// Where a page's socket is, whatever the page's own address looks like.
export function socketAddress(query) {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/stream?${new URLSearchParams(query)}`
}
