import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest'
import { portsFrom } from '../../../worker/ports.ts'
import { tick } from '../../../worker/tick.ts'
import { bodyOf, clockAt, openStorefront, type Storefront } from '../../support/storefront.ts'
import { type ToldEvent, toldOf } from '../../support/told.ts'

let store: Storefront

beforeEach(async () => {
  store = await openStorefront()
})

afterEach(() => {
  vi.useRealTimers()
})

/** `date | what is done | what is told of it and of the time before it`; what is told of entitlements is in brackets. */
const STORY = `
  02-01 | take pro                | created started [+api-calls +sso]
  02-03 | payment-failed          | payment_failed grace.started
  02-04 | payment-succeeded       | payment_succeeded grace.ended
  02-10 | change starter          | updated
  02-20 | payment-failed          | payment_failed grace.started
  02-24 | payment-succeeded       | 02-23 grace.ended, 02-23 ended [-api-calls -sso], payment_succeeded [+api-calls +sso]
  02-25 | theme until 03-10       | override.created override.started [+theme]
  03-05 | pause                   | 03-01 updated [-sso ~api-calls], paused [-api-calls -theme]
  03-12 | resume                  | 03-10 override.expired, resumed [+api-calls]
  03-13 | take seats from 03-20   | created
  03-14 | cancel                  | updated
  04-30 | take starter            | 03-20 started, 04-01 ended [-api-calls], created started [+api-calls]
  05-01 | refund                  | refunded ended [-api-calls]
`

const NAMES = { granted: '+', revoked: '-', updated: '~' }

async function play(watch: () => Promise<unknown>): Promise<string> {
  const lines = STORY.trim().split('\n')
  const played: string[] = []
  let id = ''
  let heard = (await toldOf()).length
  for (const line of lines) {
    const [date = '', what = ''] = line.split('|').map((cell) => cell.trim())
    clockAt(`2026-${date}T00:00:00.000Z`)
    await watch()
    id = (await happen(what, id)) ?? id
    const events = await toldOf()
    const told = written(events.slice(heard), date)
    heard = events.length
    played.push(`  ${date} | ${what.padEnd(23)} | ${told}`)
  }
  return `\n${played.join('\n')}\n`
}

async function happen(what: string, id: string): Promise<string | undefined> {
  const [act = '', ...words] = what.split(' ')
  switch (act) {
    case 'take': {
      const [planId, , from] = words
      const startAt = from === undefined ? {} : { startAt: `2026-${from}T00:00:00Z` }
      const taken = await store.taken({ planId, chargePeriod: 'monthly', ...startAt })
      return from === undefined ? taken.id : undefined
    }
    case 'theme': {
      const until = { allowance: { value: 'dark' }, expiresAt: `2026-${words[1]}T00:00:00Z` }
      await bodyOf(store.api.put('/customers/acme/overrides/theme', until))
      return undefined
    }
    case 'change':
      await store.act(id, act, { planId: words[0], chargePeriod: 'monthly' })
      return undefined
    default:
      await store.act(id, act, act === 'refund' ? { full: true } : undefined)
      return undefined
  }
}

/** Events as the story writes them. */
function written(events: readonly ToldEvent[], today: string): string {
  let text = ''
  let former = ''
  for (const { type, at, data } of events) {
    const day = at.slice(5, 10)
    const turn = /^entitlement\.(granted|revoked|updated)$/.exec(type)?.[1]
    if (turn === undefined) {
      const name = type.replace('subscription.', '')
      const between = text === '' ? '' : day === today && former === day ? ' ' : ', '
      text += between + (day === today ? name : `${day} ${name}`)
      former = day
      continue
    }
    const mark = NAMES[turn as keyof typeof NAMES]
    const turned = data.featureIds.map((featureId: string) => mark + featureId).join(' ')
    text = text.endsWith(']') ? `${text.slice(0, -1)} ${turned}]` : `${text} [${turned}]`
  }
  return text
}

describe('the events of a customer’s life', () => {
  const run = () => tick(portsFrom(env), 'local')

  test.each<readonly [string, () => Promise<unknown>]>([
    ['nobody ever ticks', async () => undefined],
    ['a tick comes before each change', run],
    ['ticks come twice at a time', () => Promise.all([run(), run()])],
  ])('are the same where %s', async (_, watch) => {
    expect(await play(watch)).toBe(STORY.trimEnd() + '\n')
  })

  it('never take more room than they may', async () => {
    const text = 'é'.repeat(4_090)
    const customer = { name: '漢'.repeat(256), metadata: { text } }
    await bodyOf(store.api.put('/customers/acme', customer))
    await bodyOf(store.api.put('/customers/acme', { ...customer, metadata: { text: `${text}e` } }))
    const sizes = (await toldOf()).map(({ data }) => new TextEncoder().encode(JSON.stringify(data)))
    expect(Math.max(...sizes.map(({ length }) => length))).toBeGreaterThan(16_000)
    expect(Math.max(...sizes.map(({ length }) => length))).toBeLessThan(20_000)
  })
})
