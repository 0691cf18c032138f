/**
 * A team of Cloudflare Access: it signs what it says of people, and publishes the keys for it. Real keys and signatures;
 * only who it is and where its keys are read is for the test to say.
 */

type Claims = Readonly<Record<string, unknown>>

/** How an assertion differs from what Access would send. */
export interface Differing {
  /** Beside those of a person whom Access has let in; undefined takes one away. */
  readonly claims?: Claims
  readonly header?: Claims
  /** Who signs; the team's newest key where absent. */
  readonly sign?: (text: string) => Promise<Uint8Array> | Uint8Array
}

export interface AccessTeam {
  readonly audience: string
  /** The document of keys, as `/cdn-cgi/access/certs` answers it. */
  readonly certs: () => object
  /** Signs with a new key from now on; the old one stays published, any older does not. */
  readonly rotate: () => Promise<void>
  /** What Access would send for somebody at this instant, save for what differs. */
  readonly assertion: (issuer: string, at: number, differing?: Differing) => Promise<string>
}

interface TeamKey {
  readonly kid: string
  readonly pair: CryptoKeyPair
  readonly jwk: JsonWebKey
}

const RS256 = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: 'SHA-256',
}

/** Its clock says seconds, and what it signs holds for a day. */
const DAY_S = 86_400

/** A team with a key. */
export async function makeTeam(): Promise<AccessTeam> {
  const keys: [newest: TeamKey, ...older: TeamKey[]] = [await newKey()]
  const audience = hexOf(crypto.getRandomValues(new Uint8Array(32)))
  const sign = async (text: string) => {
    const bytes = new TextEncoder().encode(text)
    return new Uint8Array(await crypto.subtle.sign(RS256.name, keys[0].pair.privateKey, bytes))
  }
  return {
    audience,
    certs: () => ({
      keys: keys.slice(0, 2).map(({ kid, jwk: { kty, n, e } }) => ({
        kid,
        kty,
        n,
        e,
        alg: 'RS256',
        use: 'sig',
      })),
      public_certs: [],
    }),
    rotate: async () => void keys.unshift(await newKey()),
    assertion: async (issuer, at, differing = {}) => {
      const now = Math.floor(at / 1_000)
      const claims = {
        iss: issuer,
        aud: [audience],
        email: 'ann@example.com',
        type: 'app',
        iat: now,
        nbf: now,
        exp: now + DAY_S,
        sub: 'a-person',
        country: 'DE',
        ...differing.claims,
      }
      const header = { alg: 'RS256', kid: keys[0].kid, typ: 'JWT', ...differing.header }
      const text = `${packed(header)}.${packed(claims)}`
      return `${text}.${base64Url(await (differing.sign ?? sign)(text))}`
    },
  }
}

/** Signs as whoever takes the public key for a shared secret would let themselves be fooled into believing. */
export function signerBySecret(secret: string): NonNullable<Differing['sign']> {
  return async (text) => {
    const algorithm = { name: 'HMAC', hash: 'SHA-256' }
    const bytes = new TextEncoder()
    const key = await crypto.subtle.importKey('raw', bytes.encode(secret), algorithm, false, [
      'sign',
    ])
    return new Uint8Array(await crypto.subtle.sign('HMAC', key, bytes.encode(text)))
  }
}

async function newKey(): Promise<TeamKey> {
  // The type leaves open that a key might come alone; of this algorithm it is a pair.
  const pair = (await crypto.subtle.generateKey(RS256, true, ['sign', 'verify'])) as CryptoKeyPair
  // In this format a key is an object.
  const jwk = (await crypto.subtle.exportKey('jwk', pair.publicKey)) as JsonWebKey
  return { kid: hexOf(crypto.getRandomValues(new Uint8Array(32))), pair, jwk }
}

function packed(value: object): string {
  return base64Url(new TextEncoder().encode(JSON.stringify(value)))
}

function base64Url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes))
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
