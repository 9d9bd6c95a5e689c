// Saying a call aloud, where the machine itself has a voice for the language: nothing is sent to another host.

const LONGEST = 12_000

export function makeVoice(language) {
  const speech = window.speechSynthesis
  const voiceOf = () => speech && speech.getVoices().find((voice) => voice.localService && voice.lang.toLowerCase().startsWith(language))
  if (speech) speech.getVoices() // browsers load them at the first question

  return {
    // Answers when it has been said, or at once where there is no voice.
    async say(sentence) {
      const voice = voiceOf()
      if (!voice) return
      const words = new SpeechSynthesisUtterance(sentence)
      Object.assign(words, { voice, lang: voice.lang, rate: 0.9 })
      await new Promise((done) => {
        words.onend = words.onerror = done
        setTimeout(done, LONGEST)
        speech.speak(words)
      })
    },
  }
}

// "A-012" letter by letter and digit by digit, as people are used to hearing it: "A, 0 1 2".
export function spelled(label) {
  return label.replace("-", ", ").replace(/\d/g, " $&").replace(/\s+/g, " ").trim()
}
