// As large as its place allows, whatever letters this machine has: `--fit` shrinks all that is measured by it in the box.
export function fit(box, widest) {
  box.style.setProperty("--fit", "1")
  const { paddingTop, paddingBottom } = getComputedStyle(box)
  const room = box.clientHeight - parseFloat(paddingTop) - parseFloat(paddingBottom)
  const needed = [...box.children].reduce((sum, child) => sum + child.offsetHeight + parseFloat(getComputedStyle(child).marginTop), 0)
  const over = Math.max(1, needed / room, widest.scrollWidth / widest.clientWidth)
  box.style.setProperty("--fit", String(Math.floor(1000 / over) / 1000))
}
