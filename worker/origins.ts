/** Whose pages may call with a customer's token: the origins that an operator has allowed, everywhere at hand. */
import { decoded, list, natural, string } from '../schema/read.ts'
import { keep } from './kept.ts'

export interface AllowedOrigins {
  /** 0: nobody has set any. */
  readonly revision: number
  readonly origins: readonly string[]
}

interface Row {
  readonly value: string
  readonly revision: number
}

/** The number of the encoding; a reader that does not know it treats the copy as a miss. */
const FORMAT = 1

const NONE: AllowedOrigins = { revision: 0, origins: [] }

/** The origins as copies have them. */
export const allowedOrigins = keep<AllowedOrigins>({
  name: 'origins',
  read: async ({ db }) => {
    const row = await db
      .prepare("SELECT value, revision FROM settings WHERE name = 'origins'")
      .first<Row>()
    if (row === null) return NONE
    return { revision: row.revision, origins: list(JSON.parse(row.value)).map(string) }
  },
  encode: ({ revision, origins }) => JSON.stringify([FORMAT, revision, origins]),
  decode: (text) =>
    decoded(text, (value) => {
      const [format, revision, origins] = list(value)
      if (format !== FORMAT) return null
      return { revision: natural(revision), origins: list(origins).map(string) }
    }),
})
