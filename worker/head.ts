import type { Instant } from '../entitlements/instant.ts'
import type { Ports } from './ports.ts'
import { EMPTY_HEAD, encodeHead, HEAD_KEY } from '../schema/head.ts'

/** How often the head is put again because it moved meanwhile. */
const PUTS_MAX = 3

/** What KV keeps beside the head: when it was put. Every tick puts it, so that this tells whether they come. */
export interface HeadCopied {
  readonly at: Instant
}

/**
 * Copies the catalogue's head from D1 to KV. Writers race, and KV keeps whichever put came last; so each looks
 * again after its put and repeats it while the head has moved. Returns the revision that was put.
 */
export async function publishHead({
  db,
  kv,
  clock,
}: Pick<Ports, 'db' | 'kv' | 'clock'>): Promise<number> {
  let published = -1
  for (let puts = 0; puts < PUTS_MAX; puts++) {
    const row = await db
      .prepare('SELECT revision, head FROM catalogue')
      .first<{ revision: number; head: string }>()
    const { revision, head } = row ?? {
      revision: EMPTY_HEAD.revision,
      head: encodeHead(EMPTY_HEAD),
    }
    if (revision === published) return published
    await kv.put(HEAD_KEY, head, { metadata: { at: clock.now() } satisfies HeadCopied })
    published = revision
  }
  return published
}
