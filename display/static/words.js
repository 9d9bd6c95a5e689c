// What the server handed over with the page: its state, and every sentence that may be needed later.

const block = document.getElementById("page")

export const page = block ? JSON.parse(block.textContent) : { words: {} }

export function say(key, fields = {}) {
  return fill(page.words[key], fields)
}

// A word that depends on a number comes as two: for one, and for any other.
export function count(key, n, fields = {}) {
  return fill(page.words[key][n === 1 ? 0 : 1], { n, ...fields })
}

function fill(template, fields) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => (name in fields ? fields[name] : whole))
}

// Text only where it differs: a screen reader is told of changes, and of nothing else.
export function put(element, text) {
  if (element && element.textContent !== text) element.textContent = text
}
