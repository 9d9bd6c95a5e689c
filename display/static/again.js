// A page that is looked at again: it changes only where something is new, and never under somebody who reads on or types.

const { content: seconds } = document.querySelector('meta[name="look-again"]')

async function look() {
  if (document.hidden || document.querySelector("main details[open], main :is(input, select, textarea):focus")) return
  const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(8_000) })
  if (!answer.ok) return
  const there = new DOMParser().parseFromString(await answer.text(), "text/html")
  for (const part of ["main", "footer"]) {
    const [here, now] = [document, there].map((page) => page.querySelector(part))
    if (here.innerHTML !== now.innerHTML) here.replaceWith(now)
  }
}

setInterval(() => look().catch(() => {}), Number(seconds) * 1_000)
