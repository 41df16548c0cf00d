// SPDX-License-Identifier: EUPL-1.2
// node openid_provider.mjs PACKAGE_FOLDER PORT CLIENT_ID CLIENT_SECRET REDIRECT_URI
// node-oidc-provider, which the OpenID Foundation certified; its own development pages ask who is there.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const [folder, port, clientId, clientSecret, redirectUri] = process.argv.slice(2)
const found = createRequire(folder + '/').resolve('oidc-provider')
const { Provider } = await import(pathToFileURL(found))

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri],
    response_types: ['code'], grant_types: ['authorization_code'],
  }],
  claims: { openid: ['sub'], profile: ['name', 'nif'] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  findAccount: (_, id) => ({
    accountId: id,
    claims: async () => ({ sub: id, name: 'Interesada', nif: 'ES/ES/00000000T' }),
  }),
})
provider.listen(Number(port), '127.0.0.1')
