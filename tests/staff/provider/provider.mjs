// A real OpenID Connect provider for the tests: node provider.mjs FOLDER-WITH-ITS-MODULES '{"port": …, "clients": […], "jwks": …}'
// Whoever signs in as NAME+REST has the subject NAME+REST, the user name NAME and the verified e-mail NAME@rsud.example.

import { join } from "node:path"
import { pathToFileURL } from "node:url"

const [folder, given] = process.argv.slice(2)
const { default: Provider } = await import(pathToFileURL(join(folder, "node_modules/oidc-provider/lib/index.js")))
const { port, clients, jwks } = JSON.parse(given)

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients,
  jwks,
  claims: { openid: ["sub"], profile: ["preferred_username"], email: ["email", "email_verified"] },
  findAccount: (_, sub) => {
    const name = sub.split("+")[0]
    return {
      accountId: sub,
      claims: () => ({ sub, preferred_username: name, email: `${name}@rsud.example`, email_verified: !sub.includes("+unverified") }),
    }
  },
  cookies: { keys: ["only for tests"] },
  features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  clientDefaults: { grant_types: ["authorization_code"], response_types: ["code"] },
  enabledJWA: { clientAuthSigningAlgValues: ["RS256", "ES256", "ES512"] },
  pkce: { required: () => true },
})
provider.listen(port, "127.0.0.1", () => console.log("ready"))
