/**
 * The protocols of others that Sluice speaks, beside its own API. Each is a translation, loaded when it is first spoken
 * to: it asks the same operations (operation.ts), and decides nothing.
 */
import { err, ok } from '../entitlements/result.ts'
import { failureOf } from './defects.ts'
import type { Failure } from './failures.ts'
import type { Inputs, Call, Outcome } from './route.ts'

/** Everything of a call that does not depend on what is asked. */
export type Bare = Omit<Call, keyof Inputs | 'principal' | 'atLeast' | 'idempotencyKey'>

/** A request in another protocol; its body has not been read yet. */
export interface Spoken extends Bare {
  readonly url: string
  /** As it was sent, still percent-encoded. */
  readonly path: string
}

export interface Protocol {
  /** Answers a request whose path begins with the protocol's prefix, whatever its method. */
  readonly serve: (spoken: Spoken) => Promise<Outcome>
  /** A failure in the protocol's own words. */
  readonly refuse: (failure: Failure, spoken: Spoken) => Response
}

const PROTOCOLS: readonly (readonly [prefix: string, load: () => Promise<Protocol>])[] = [
  ['/api/v1/', async () => (await import('./kelviq/protocol.ts')).kelviq],
  ['/ofrep/v1/', async () => (await import('./ofrep/protocol.ts')).ofrep],
]

/** Those that browsers speak with a customer's token, and by which methods. */
const BROWSERS_SPEAK = [
  ['/ofrep/v1/', ['POST']],
  ['/api/v1/entitlements', ['GET']],
  ['/api/v1/report/usage', ['POST']],
] as const

/** By which methods a page of another origin may speak to a path; none where it is no path of such a protocol. */
export function methodsOfPages(path: string): readonly string[] {
  return BROWSERS_SPEAK.find(([prefix]) => path.startsWith(prefix))?.[1] ?? []
}

/** The outcome in another protocol; null: the path is none of them. */
export function speak(spoken: Spoken): Promise<Outcome> | null {
  const found = PROTOCOLS.find(([prefix]) => spoken.path.startsWith(prefix))
  return found === undefined ? null : answered(found[1], spoken)
}

async function answered(load: () => Promise<Protocol>, spoken: Spoken): Promise<Outcome> {
  const { serve, refuse } = await load()
  const outcome = await serve(spoken).catch((thrown: unknown) => err(failureOf(thrown, spoken)))
  return outcome.ok ? outcome : ok(refuse(outcome.error, spoken))
}
