import { describe, expect, it } from 'vitest'
import { openStory, type Story, type Telling } from './stripe-story.ts'

type Step = readonly [what: string, take: (story: Story) => Promise<unknown>]

const STORY: readonly Step[] = [
  ['buys Starter', (story) => story.buys('starter')],
  ['uses 40', (story) => story.uses(40)],
  ['goes up to Pro', (story) => story.changes('pro')],
  ['is to go down to Starter', (story) => story.changes('starter')],
  ['is renewed, and down', (story) => story.passes(31)],
  ['uses 30', (story) => story.uses(30)],
  ['cannot pay', (story) => story.isDeclined()],
  ['owes the third month', (story) => story.passes(31)],
  ['pays', (story) => story.pays()],
  ['is refunded', (story) => story.isRefunded()],
]

/** What could be seen after each step. */
async function lived(story: Story, steps: readonly Step[] = STORY): Promise<object> {
  const seen: [string, unknown][] = []
  for (const [what, take] of steps) {
    await take(story)
    seen.push([what, await story.state()])
  }
  return Object.fromEntries(seen)
}

describe('a customer’s whole story with Stripe', () => {
  it('from checkout to refund', async () => {
    const story = await openStory('in-order')
    const seen = await lived(story)
    const of = (planId: string, status: string, more: object = {}) =>
      expect.objectContaining({ planId, status, ...more })
    expect(seen).toEqual({
      'buys Starter': of('starter', 'active', {
        billedBy: 'stripe',
        currentPeriod: expect.anything(),
      }),
      'uses 40': of('starter', 'active'),
      'goes up to Pro': of('pro', 'active'),
      'is to go down to Starter': of('pro', 'active', {
        pendingChange: expect.objectContaining({ planId: 'starter' }),
      }),
      'is renewed, and down': of('starter', 'active', { pendingChange: null }),
      'uses 30': of('starter', 'active'),
      'cannot pay': of('starter', 'active'),
      'owes the third month': of('starter', 'past_due', { grace: expect.anything() }),
      pays: of('starter', 'active', { grace: null }),
      'is refunded': of('starter', 'ended', { endedBecause: 'refunded' }),
    })
    expect(await story.billed()).toMatchObject({ status: 'canceled' })
  })

  it.each<Telling>([
    { copies: 2, seed: 7, together: 1 },
    { copies: 2, seed: 11, together: 4 },
    { copies: 3, seed: 2026, together: 8 },
  ])('is the same with every delivery repeated and shuffled: %o', async (telling) => {
    const inOrder = await lived(await openStory(`plain-${telling.seed}`))
    const shuffled = await lived(await openStory(`shuffled-${telling.seed}`, telling))
    expect(shuffled).toEqual(inOrder)
  })

  it('ends the same where nothing is heard for months, and then all of it at once', async () => {
    const untilPaid = STORY.slice(0, -1)
    const inOrder = await lived(await openStory('heard'), untilPaid)
    const late = { copies: 2, seed: 5, together: 3 }
    const story = await openStory('unheard', late)
    const [[, buy] = STORY[0]!] = untilPaid
    await buy(story)
    story.isDeaf = true
    for (const [, take] of untilPaid.slice(1)) await take(story)
    story.isDeaf = false
    await story.hears()
    expect(await story.state()).toEqual(Object.values(inOrder).at(-1))
  })
})
