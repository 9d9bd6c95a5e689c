// A chime like struck bronze, made here: three notes, each with the uneven overtones of a gong.

const NOTES = [523.25, 587.33, 783.99]
const OVERTONES = [[1, 1], [2.01, 0.42], [2.76, 0.28], [5.4, 0.1]]
const SPACING = 0.26
const RING = 1.5

export function makeChime(volume = 0.5) {
  let audio = null

  const begin = () => {
    const Audio = window.AudioContext || window.webkitAudioContext
    if (!audio && Audio) audio = new Audio()
    return audio
  }

  return {
    isReady: () => audio !== null && audio.state === "running",

    // Answers whether sound may be made; browsers want a touch or key first.
    async unlock() {
      if (!begin()) return false
      if (audio.state !== "running") await Promise.race([audio.resume(), new Promise((go) => setTimeout(go, 300))])
      return audio.state === "running"
    },

    silence() {
      if (audio) audio.suspend()
    },

    // Answers when the last note has faded.
    async play(notes = NOTES) {
      if (!audio || audio.state !== "running") return
      notes.forEach((pitch, i) => strike(audio, pitch, audio.currentTime + 0.03 + i * SPACING, volume))
      await new Promise((go) => setTimeout(go, (notes.length * SPACING + RING) * 1000))
    },
  }
}

function strike(audio, pitch, at, volume) {
  for (const [ratio, share] of OVERTONES) {
    const tone = audio.createOscillator()
    const loudness = audio.createGain()
    tone.frequency.value = pitch * ratio
    loudness.gain.setValueAtTime(0, at)
    loudness.gain.linearRampToValueAtTime((volume * share) / 1.8, at + 0.008)
    loudness.gain.exponentialRampToValueAtTime(0.0001, at + RING / Math.sqrt(ratio))
    tone.connect(loudness).connect(audio.destination)
    tone.start(at)
    tone.stop(at + RING)
  }
}
