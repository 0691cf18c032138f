/** Servers that are down, slow, overloaded or no Sluice at all: what a caller of the client sees of it. */
import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type Fallbacks, Sluice, type SluiceError, type SluiceOptions } from '../../sdk/index.ts'
import { type Answering, handClock, json, problem, serving, verdictOn } from './serving.ts'

const QUESTION = { customerId: 'acme', featureId: 'sso' }
const USED = { consumed: true, quantity: 1, entitlement: {}, consistencyToken: '' }

type Options = Partial<Omit<SluiceOptions, 'key' | 'token'>>

async function against(answer: Answering, options: Options = {}) {
  const { url, received } = await serving(answer)
  const ports = handClock()
  const heard: string[] = []
  const onProblem: SluiceOptions['onProblem'] = ({ code }, sequel) =>
    heard.push(`${code}: ${sequel}`)
  const sluice = new Sluice({ url, key: 'a key', ports, onProblem, ...options })
  return { sluice, received, ports, heard }
}

const failure = (call: Promise<unknown>): Promise<SluiceError> =>
  call.then(
    () => expect.unreachable('The call succeeded.'),
    (thrown: SluiceError) => thrown,
  )

/** A port that nobody listens on. */
async function nobody(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}

describe('what is not an answer', () => {
  it.each<[string, Answering, Partial<SluiceError>]>([
    [
      'a problem',
      (r) => problem(r, 404, 'customer_not_found'),
      {
        code: 'customer_not_found',
        status: 404,
        requestId: 'request-1',
        message: 'It is customer_not_found.',
        retryable: false,
      },
    ],
    [
      'a defect',
      (r) => problem(r, 500, 'internal'),
      { code: 'internal', status: 500, retryable: true },
    ],
    [
      'half a document',
      (r) => r.end('{"consumed": tr'),
      { code: 'unreadable', status: 200, retryable: true },
    ],
    [
      'a page',
      (r) => r.end('<html>Welcome to the hotel</html>'),
      { code: 'unreadable', status: 200, retryable: true },
    ],
    ['nothing', (r) => r.end(), { code: 'unreadable', status: 200, retryable: true }],
    ['a number', (r) => r.end('7'), { code: 'unreadable', retryable: true }],
    [
      'a proxy’s page',
      (r) => r.writeHead(502).end('<html>Bad gateway</html>'),
      { code: 'unreadable', status: 502, retryable: true },
    ],
    [
      'a page of somebody else',
      (r) => r.writeHead(404).end('<html>Not found</html>'),
      { code: 'unreadable', status: 404, retryable: false },
    ],
    [
      'a redirect',
      (r) => r.writeHead(302, { Location: 'https://elsewhere.example/' }).end(),
      { code: 'unreadable', status: 302, retryable: true },
    ],
    ['a cut connection', (r) => r.destroy(), { code: 'unreachable', retryable: true }],
    [
      'a cut answer',
      (r) => {
        r.writeHead(200, { 'Content-Length': 100 }).write('{')
        setImmediate(() => r.destroy())
      },
      { code: 'unreachable', retryable: true },
    ],
  ])('%s is an error that says so', async (_, answer, expected) => {
    const { sluice, received } = await against(answer)
    const thrown = await failure(sluice.consume(QUESTION))
    expect(thrown).toMatchObject({ name: 'SluiceError', ...expected })
    expect(received.length).toBe(thrown.retryable ? 4 : 1)
  })

  it('JSON of somebody else is no receipt', async () => {
    const { sluice } = await against((response) => json(response, { ok: true }))
    const calls = [sluice.consume(QUESTION), sluice.reportUsage({ ...QUESTION, value: 3 })]
    for (const call of calls) {
      expect(await failure(call)).toMatchObject({ code: 'unreadable', status: 200 })
    }
  })

  it('nobody at the address', async () => {
    const sluice = new Sluice({ url: await nobody(), key: 'a key', ports: handClock() })
    const thrown = await failure(sluice.reportUsage({ ...QUESTION, value: 3 }))
    expect(thrown).toMatchObject({ code: 'unreachable', retryable: true })
    expect(thrown.cause).toBeInstanceOf(TypeError)
  })

  it('an answer that does not end is not read to its end', async () => {
    const chunk = `"${'x'.repeat(1024 * 1024)}",`
    let sent = 0
    const { sluice } = await against(
      (response) => {
        response.writeHead(200).write('[')
        const more = (): void => {
          while (!response.destroyed && response.write(chunk)) sent += 1
          response.once('drain', more)
        }
        more()
      },
      { retries: 0, timeoutMs: 20_000, budgetMs: 20_000 },
    )
    expect(await failure(sluice.consume(QUESTION))).toMatchObject({ code: 'unreadable' })
    expect(sent).toBeLessThan(64)
  })

  it('silence ends in time, and so does an answer that trickles', async () => {
    for (const start of ['', '{"consumed": ']) {
      const { sluice, heard } = await against(
        (response) => void (start !== '' && response.write(start)),
        { timeoutMs: 50, retries: 1 },
      )
      const thrown = await failure(sluice.consume(QUESTION))
      expect(thrown).toMatchObject({ code: 'timed_out', retryable: true })
      expect(heard).toEqual(['timed_out: retry'])
    }
  })
})

describe('a retry', () => {
  it('carries the key of the first attempt, and each call another', async () => {
    const { sluice, received, heard } = await against((response, _, nth) =>
      nth % 3 < 2 ? problem(response, 503, 'unavailable') : json(response, USED),
    )
    await sluice.consume(QUESTION)
    await sluice.consume(QUESTION)
    const keys = received.map(({ headers }) => headers['idempotency-key'])
    expect(keys).toEqual([...Array(3).fill(keys[0]), ...Array(3).fill(keys[3])])
    expect(keys[0]).not.toBe(keys[3])
    expect(heard).toEqual(Array(4).fill('unavailable: retry'))
  })

  it('can be made by the caller, with the key of the call that failed', async () => {
    const { sluice, received } = await against((response, _, nth) =>
      nth < 4 ? response.destroy() : json(response, USED),
    )
    const { idempotencyKey } = await failure(sluice.consume(QUESTION))
    await sluice.consume({ ...QUESTION, idempotencyKey: String(idempotencyKey) })
    expect(new Set(received.map(({ headers }) => headers['idempotency-key']))).toEqual(
      new Set([idempotencyKey]),
    )
    expect(received.length).toBe(5)
  })

  it('carries the caller’s own key where there is one', async () => {
    const { sluice, received } = await against((response, _, nth) =>
      nth === 0 ? response.destroy() : json(response, USED),
    )
    await sluice.consume({ ...QUESTION, quantity: 3, idempotencyKey: 'order-42' })
    expect(received.map(({ headers, body }) => [headers['idempotency-key'], body])).toEqual(
      Array(2).fill(['order-42', { ...QUESTION, quantity: 3 }]),
    )
  })

  it('waits longer each time, anything up to a bound', async () => {
    const { sluice, ports } = await against((response) => problem(response, 500, 'internal'), {
      retries: 6,
      budgetMs: 60_000,
    })
    await failure(sluice.consume(QUESTION))
    expect(ports.waits).toEqual([100, 200, 400, 800, 1_600, 2_000])
    const early = await against((response) => problem(response, 500, 'internal'), {
      ports: handClock(0),
    })
    await failure(early.sluice.consume(QUESTION))
    expect(early.received.length).toBe(4)
  })

  it('comes when an overloaded service asks for it, and not at all where that is too late', async () => {
    const busy: Answering = (response, { body }, nth) =>
      nth === 0
        ? problem(response, 429, 'customer_overloaded', {
            'Retry-After': body.quantity === 1 ? '2' : '30',
          })
        : json(response, USED)
    const soon = await against(busy)
    await soon.sluice.consume({ ...QUESTION, quantity: 1 })
    expect(soon.ports.waits).toEqual([2_100])
    const late = await against(busy)
    const thrown = await failure(late.sluice.consume({ ...QUESTION, quantity: 2 }))
    expect(thrown).toMatchObject({ code: 'customer_overloaded', retryAfterMs: 30_000 })
    expect([late.ports.waits, late.received.length]).toEqual([[], 1])
  })

  it('is not made once the call’s time is over', async () => {
    const { sluice, received, ports } = await against(
      (response) => {
        ports.pass(2_000)
        problem(response, 503, 'unavailable')
      },
      { retries: 100 },
    )
    await failure(sluice.consume(QUESTION))
    expect(received.length).toBe(3)
  })

  it('is one of few that all calls share, so that an outage is not multiplied', async () => {
    let isDown = true
    const { sluice, received } = await against(
      (response) => (isDown ? problem(response, 503, 'unavailable') : json(response, USED)),
      { retryBudget: 5 },
    )
    const many = (count: number) => Array.from({ length: count }, () => sluice.consume(QUESTION))
    await Promise.all(many(100).map(failure))
    expect(received.length).toBe(105)
    isDown = false
    await Promise.all(many(20))
    isDown = true
    await Promise.all(many(10).map(failure))
    expect(received.length).toBe(105 + 20 + 12)
  })

  it('is not made of what was refused', async () => {
    const { sluice, received } = await against((response) =>
      problem(response, 400, 'invalid_request'),
    )
    expect(await failure(sluice.check(QUESTION))).toMatchObject({ code: 'invalid_request' })
    expect(received.length).toBe(1)
  })
})

describe('a check that cannot be asked', () => {
  const down: Answering = (response) => problem(response, 503, 'unavailable')
  const fallback: Fallbacks<'sso' | 'seats'> = { sso: true, '*': 'last_known' }

  it('is denied, and says who decided', async () => {
    const { sluice, heard } = await against(down)
    expect(await sluice.check({ ...QUESTION, quantity: 2 })).toMatchObject({
      ...QUESTION,
      quantity: 2,
      hasAccess: false,
      reason: 'unavailable',
      decidedBy: 'fallback',
      degraded: true,
    })
    expect(heard).toEqual([...Array(3).fill('unavailable: retry'), 'unavailable: fallback'])
    expect(await sluice.hasAccess(QUESTION)).toBe(false)
  })

  it('is what the application says of the feature', async () => {
    const { sluice } = await against(down, { fallback })
    expect(await sluice.check(QUESTION)).toMatchObject({ hasAccess: true, decidedBy: 'fallback' })
    expect(await sluice.hasAccess({ ...QUESTION, featureId: 'seats' })).toBe(false)
    expect(await sluice.hasAccess({ ...QUESTION, featureId: 'constructor' })).toBe(false)
  })

  it('is what Sluice said last, for a while, and for no other question', async () => {
    const { sluice, ports } = await against(
      (response, request, nth) =>
        nth === 0
          ? json(response, verdictOn(request, { limit: 5, reason: 'within_limit' }))
          : down(response, request, nth),
      { fallback, retries: 0 },
    )
    const seats = { ...QUESTION, featureId: 'seats' }
    expect(await sluice.check(seats)).toMatchObject({ hasAccess: true, decidedBy: 'service' })
    ports.pass(60_000)
    expect(await sluice.check(seats)).toMatchObject({
      hasAccess: true,
      limit: 5,
      reason: 'unavailable',
      decidedBy: 'fallback',
      degraded: true,
      ageMs: 60_000,
    })
    expect(await sluice.hasAccess({ ...seats, quantity: 2 })).toBe(false)
    expect(await sluice.hasAccess({ ...seats, customerId: 'other' })).toBe(false)
    ports.pass(900_000)
    expect(await sluice.hasAccess(seats)).toBe(false)
  })

  it.each([
    ['a page that is no verdict', (r) => json(r, { welcome: 'to the hotel' })],
    ['a page', (r) => r.end('<html>')],
    ['silence', () => undefined],
  ] as const satisfies [string, Answering][])('after %s falls back', async (_, answer) => {
    const { sluice } = await against(answer, { timeoutMs: 50, retries: 0 })
    expect(await sluice.check(QUESTION)).toMatchObject({ hasAccess: false, decidedBy: 'fallback' })
  })

  it('throws where the application itself is wrong', async () => {
    const { sluice } = await against((response) => problem(response, 401, 'credential_invalid'), {
      fallback,
    })
    expect(await failure(sluice.check(QUESTION))).toMatchObject({
      code: 'credential_invalid',
      status: 401,
    })
  })

  it('does not depend on a hook that throws', async () => {
    const onProblem = () => {
      throw new Error('the logger is down, too')
    }
    const { sluice } = await against(down, { onProblem })
    expect(await sluice.hasAccess(QUESTION)).toBe(false)
  })

  it('throws for a list: nobody knows what a customer has', async () => {
    const { sluice } = await against(down)
    expect(await failure(sluice.entitlements({ customerId: 'acme' }))).toMatchObject({
      code: 'unavailable',
    })
  })
})

describe('a caller who does not wait', () => {
  it('is left alone at once, with its own reason', async () => {
    const { sluice, received } = await against(() => undefined, { timeoutMs: 60_000 })
    const gone = new AbortController()
    const calls = [
      sluice.check(QUESTION, { signal: gone.signal }),
      sluice.check(QUESTION, { signal: gone.signal, fresh: true }),
      sluice.consume(QUESTION, { signal: gone.signal }),
      sluice.entitlements({ customerId: 'acme' }, { signal: gone.signal }),
    ]
    const outcomes = Promise.all(calls.map((call) => call.catch((reason: unknown) => reason)))
    while (received.length < 4) await new Promise((resolve) => setImmediate(resolve))
    const reason = new Error('The page was closed.')
    gone.abort(reason)
    expect(await outcomes).toEqual(Array(4).fill(reason))
  })

  it('is left alone between two attempts, too', async () => {
    const gone = new AbortController()
    const ports = { ...handClock(), sleep: () => new Promise<never>(() => gone.abort('gone')) }
    const { sluice } = await against((response) => problem(response, 503, 'unavailable'), { ports })
    await expect(sluice.consume(QUESTION, { signal: gone.signal })).rejects.toBe('gone')
  })
})
