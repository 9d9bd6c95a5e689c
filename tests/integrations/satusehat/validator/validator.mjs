// An independent judge: reads resources as a JSON list, writes what is wrong with each.
// usage: node validator.mjs FOLDER_OF_PACKAGES < resources.json
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'

const { Fhir } = createRequire(`${process.argv[2]}/package.json`)('fhir')
const judge = new Fhir()
const faults = JSON.parse(readFileSync(0, 'utf8')).map((resource) =>
  judge
    .validate(resource, { errorOnUnexpected: true })
    .messages.filter(({ severity }) => severity === 'error')
    .map(({ location, message }) => `${location}: ${message}`)
)
process.stdout.write(JSON.stringify(faults))
