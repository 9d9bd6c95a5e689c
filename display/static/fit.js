// A number as large as its place allows, whatever letters this machine has.

export function fit(element) {
  element.style.fontSize = ""
  const over = element.scrollWidth / element.clientWidth
  if (over > 1) element.style.fontSize = `${Math.floor(parseFloat(getComputedStyle(element).fontSize) / over)}px`
}
