/**
 * Who may come in through Cloudflare Access, and as what: `{"ann@example.com": "admin", "*@example.com": "viewer"}`.
 *
 * A setting of which any part cannot be understood lets nobody in: half of it might be the half that lets in too many.
 */
import { err, ok, type Result } from '../../entitlements/result.ts'
import { type Role, ROLES } from '../../schema/keys.ts'
import { fields, word } from '../../schema/read.ts'

/** Roles by e-mail address, and by domain for everybody there who has none by address. */
export interface Roles {
  readonly byAddress: ReadonlyMap<string, Role>
  readonly byDomain: ReadonlyMap<string, Role>
}

const PEOPLE_MAX = 1_000

/** The longest address that mail knows. */
const ADDRESS_LENGTH_MAX = 254

/** Where whatever is wrong with a setting is said: it ends the sentence "expected …". */
const FORM = `JSON such as {"ann@example.com":"admin","*@example.com":"viewer"}, with the roles ${ROLES.join(', ')}`

/** What the setting says, or what was expected of it instead. */
export function rolesIn(setting: unknown): Result<Roles, string> {
  const stated = entriesIn(setting)
  if (stated === null || stated.length === 0) return err(FORM)
  if (stated.length > PEOPLE_MAX) return err(`at most ${PEOPLE_MAX} entries`)
  const byAddress = new Map<string, Role>()
  const byDomain = new Map<string, Role>()
  for (const [who, role] of stated) {
    const isDomain = who.startsWith('*@')
    const address = addressIn(isDomain ? `anybody${who.slice(1)}` : who)
    if (address === null) return err(`an e-mail address or *@ and a domain, not '${shown(who)}'`)
    const [map, key] = isDomain ? [byDomain, domainOf(address)] : [byAddress, address]
    if (map.has(key)) return err(`each address once, and '${shown(who)}' is there twice`)
    map.set(key, role)
  }
  return ok({ byAddress, byDomain })
}

/** What somebody may be here: their own entry goes before that of their domain. Null: nothing. */
export function roleOf({ byAddress, byDomain }: Roles, address: string): Role | null {
  return byAddress.get(address) ?? byDomain.get(domainOf(address)) ?? null
}

/**
 * An e-mail address as it is compared; null where it is none. Only A to Z lose their case: other letters, too, would
 * turn into some of these, and somebody with a strange alphabet into somebody else.
 */
export function addressIn(text: string): string | null {
  const isAddress = text.length <= ADDRESS_LENGTH_MAX && ADDRESS.test(text)
  return isAddress ? text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()) : null
}

const ADDRESS = /^[^\s@*\p{C}]+@[^\s@*\p{C}]+$/u

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1)
}

/** Settings are text; a table of wrangler.toml arrives as it is. Null: whatever it is, nobody can be read out of it. */
function entriesIn(setting: unknown): readonly (readonly [string, Role])[] | null {
  try {
    const value: unknown = typeof setting === 'string' ? JSON.parse(setting) : setting
    return Object.entries(fields(value)).map(([who, role]) => [who, word(role, ROLES)] as const)
  } catch {
    return null
  }
}

function shown(who: string): string {
  return who.slice(0, 64).replaceAll(/\p{C}/gu, ' ').toWellFormed()
}
