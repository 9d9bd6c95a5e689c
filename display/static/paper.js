// How far a paper is: looked at again while somebody watches, on its own page and on that of the number it began with.

const LOOK = 25_000
const LATER = 5_000 // at most, so that a hall full of phones does not ask at once
const at = (id) => document.getElementById(id)

const kept = at("case")
const beside = at("paper")

// Answers with the JSON, or throws.
async function ask(address) {
  const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(8_000) })
  if (!answer.ok) throw new Error(String(answer.status))
  return answer.json()
}

async function lookAtCase() {
  const { steps } = await ask(kept.dataset.address)
  if (String(steps) !== kept.dataset.steps) location.reload()
}

async function lookBeside() {
  const { promised, paper } = await ask(beside.dataset.address)
  at("promised").hidden = !promised
  at("promised-words").textContent = promised
  beside.hidden = !paper
  if (!paper) return
  beside.toggleAttribute("data-ready", paper.ready)
  at("paper-number").textContent = paper.number
  at("paper-stage").textContent = paper.stage_words
  at("paper-link").href = paper.url
}

// A round that fails is only a round: the next one comes.
async function repeat(work) {
  if (!document.hidden) await work().catch(() => {})
  setTimeout(repeat, LOOK + Math.random() * LATER, work)
}

for (const [element, work] of [[kept, lookAtCase], [beside, lookBeside]]) {
  if (element) setTimeout(repeat, 2_000 + Math.random() * LATER, work)
}
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) for (const [element, work] of [[kept, lookAtCase], [beside, lookBeside]]) if (element) work().catch(() => {})
})
