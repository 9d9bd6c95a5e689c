// Every call of both queue services by somebody else's client: node every-call.mjs FOLDER-WITH-ITS-MODULES
// '{"config": …, "calls": [["antrean", "refPoli"], ["antrean", "perTanggal", "2026-11-23"], …]}'
// Prints what came of each, as a list in JSON. What the client prints itself goes to the other stream.

import { join } from "node:path"
import { pathToFileURL } from "node:url"

const [folder, given] = process.argv.slice(2)
const { default: JKN } = await import(pathToFileURL(join(folder, "node_modules/@ssecd/jkn/dist/index.js")))
const { config, calls } = JSON.parse(given)

const jkn = new JKN({ ...config, throw: true })
const answers = []
for (const [service, call, ...values] of calls) answers.push(await jkn[service][call](...values))
process.stdout.write(JSON.stringify(answers))
