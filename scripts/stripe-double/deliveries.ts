/**
 * How the double tells what happened: signed, at least once, and in whatever order a test asks for.
 *
 * Whatever is not answered with success is kept and told again, as Stripe does for days.
 */
import { createHmac } from 'node:crypto'

export interface Destination {
  readonly url: string
  readonly secret: string
}

/** `at once`: as it happens, one after the other. `held`: until it is released. `silent`: never. */
export const MODES = ['at once', 'held', 'silent'] as const

export type Mode = (typeof MODES)[number]

/** An event as it goes onto the wire. */
export interface Told {
  readonly id: string
  readonly type: string
  readonly text: string
}

/** What came of telling an event once. */
export interface Delivery {
  readonly id: string
  readonly type: string
  /** 0: nobody answered. */
  readonly status: number
}

export interface Deliveries {
  mode: Mode
  destination: Destination | null
  /** Everything that was ever to be told, in the order in which it happened. */
  readonly told: Told[]
  readonly made: Delivery[]
  tell(event: Told): void
  /** As if nothing had ever been told. */
  forget(): void
  /**
   * Tells everything that is held, so many times each and so many at a time, in an order that the seed decides; 0 keeps
   * the order.
   */
  release(copies: number, seed: number, together: number): Promise<void>
  /** Tells again what failed, until nothing is left or patience ends; resolves with how many are left. */
  settle(): Promise<number>
}

const PATIENCE_MS = 20_000
const ROUNDS_MAX = 40
const PAUSE_MS = 50

export function openDeliveries(): Deliveries {
  let waiting: Told[] = []
  let line: Promise<void> = Promise.resolve()

  const attempt = async (event: Told): Promise<void> => {
    const status = await send(all.destination, event)
    all.made.push({ id: event.id, type: event.type, status })
    if (status < 200 || status >= 300) waiting.push(event)
  }
  const inLine = (events: readonly Told[], together = 1): Promise<void> => {
    line = line.then(async () => {
      for (let from = 0; from < events.length; from += together)
        await Promise.all(events.slice(from, from + together).map(attempt))
    })
    return line
  }

  const all: Deliveries = {
    mode: 'at once',
    destination: null,
    told: [],
    made: [],
    tell: (event) => {
      all.told.push(event)
      if (all.mode === 'at once') void inLine([event])
      else if (all.mode === 'held') waiting.push(event)
    },
    forget: () => {
      waiting = []
      all.told.length = 0
      all.made.length = 0
    },
    release: (copies, seed, together) => {
      const held = waiting
      waiting = []
      const many = held.flatMap((event) => Array.from({ length: copies }, () => event))
      return inLine(seed === 0 ? many : shuffled(many, seed), together)
    },
    settle: async () => {
      for (let rounds = 0; rounds < ROUNDS_MAX; rounds++) {
        await line
        if (waiting.length === 0 || all.mode !== 'at once') break
        const again = waiting
        waiting = []
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
        await inLine(again)
      }
      return waiting.length
    },
  }
  return all
}

/** What `Stripe-Signature` says of a text. */
export function signatureOf(text: string, secret: string, seconds: number): string {
  const mac = createHmac('sha256', secret).update(`${seconds}.${text}`).digest('hex')
  return `t=${seconds},v1=${mac}`
}

async function send(destination: Destination | null, { text }: Told): Promise<number> {
  if (destination === null) return 200
  const { url, secret } = destination
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json; charset=utf-8',
        'Stripe-Signature': signatureOf(text, secret, Math.floor(Date.now() / 1000)),
      },
      body: text,
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    await response.arrayBuffer()
    return response.status
  } catch {
    return 0
  }
}

/** The same for the same seed: a failed run can be run again. */
function shuffled<T>(list: readonly T[], seed: number): readonly T[] {
  const rest = [...list]
  let state = seed
  return list.flatMap(() => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return rest.splice(state % rest.length, 1)
  })
}
