/**
 * The keys that customer tokens are signed with, everywhere at hand. They are derived from this deployment's secrets,
 * which stay in D1: whoever reads KV could write tokens, and nothing else that is signed here.
 */
import { fromBase64Url } from '../schema/base64url.ts'
import { decoded, list, natural, string } from '../schema/read.ts'
import { keep } from './kept.ts'
import { type DerivedKey, derivedKeys } from './signing.ts'

export interface TokenKeys {
  /** The newest generation; 0 where nothing has ever been signed. */
  readonly revision: number
  /** Those that are believed, the newest first. */
  readonly keys: readonly DerivedKey[]
}

export const PURPOSE = 'customer-token'

/** The number of the encoding; a reader that does not know it treats the copy as a miss. */
const FORMAT = 1

/** The keys as copies have them. */
export const tokenKeys = keep<TokenKeys>({
  name: 'token-keys',
  read: async (ports) => {
    const keys = await derivedKeys(ports, PURPOSE)
    return { revision: keys[0]?.generation ?? 0, keys }
  },
  encode: ({ keys }) =>
    JSON.stringify([FORMAT, keys.map(({ generation, bytes }) => [generation, bytes])]),
  decode: (text) =>
    decoded(text, (value) => {
      const [format, stored] = list(value)
      if (format !== FORMAT) return null
      const keys = list(stored).map((each) => {
        const [generation, bytes] = list(each)
        return { generation: natural(generation), bytes: string(bytes) }
      })
      return { revision: keys[0]?.generation ?? 0, keys }
    }),
})

/** The key of a generation, if it is believed. */
export function keyOf({ keys }: TokenKeys, generation: number): DerivedKey | undefined {
  return keys.find((key) => key.generation === generation)
}

/** A key, ready for signing and verifying. */
export function usable({ bytes }: DerivedKey): Promise<CryptoKey> {
  const raw = Uint8Array.from(fromBase64Url(bytes) ?? '', (character) => character.charCodeAt(0))
  return crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
    'verify',
  ])
}
