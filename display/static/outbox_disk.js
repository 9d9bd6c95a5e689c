// Where the outbox lies so that neither a reload nor an empty battery loses it.

const STORE = "entries"

// `place`: whose entries these are; one tablet may stand at several counters in turn. Rejects where nothing can be kept.
export async function openDisk(place) {
  const opening = indexedDB.open("antrean-outbox", 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "key" }).createIndex("place", "place")
  const database = await done(opening)
  database.onversionchange = () => database.close()

  return {
    async read() {
      const index = database.transaction(STORE).objectStore(STORE).index("place")
      const entries = await done(index.getAll(place))
      return entries.sort((one, other) => one.nr - other.nr).map(({ place: _, ...entry }) => entry)
    },
    // Resolves once they are safe.
    write: (entries) => change((store) => entries.forEach((entry) => store.put({ ...entry, place }))),
    remove: (keys) => change((store) => keys.forEach((key) => store.delete(key))),
  }

  function change(work) {
    // Otherwise a browser calls done what is still in the system's memory.
    const transaction = database.transaction(STORE, "readwrite", { durability: "strict" })
    work(transaction.objectStore(STORE))
    return new Promise((resolve, reject) => {
      transaction.oncomplete = resolve
      transaction.onabort = () => reject(transaction.error)
    })
  }
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
    request.onblocked = () => reject(new Error("Another tab holds an older version open."))
  })
}
