import { expect, it } from 'vitest'
import { openStory, service, type Story, type Telling } from './stripe-story.ts'

const { double } = service
const DAY_MS = 86_400_000
const STEPS = 12

// oxlint-disable-next-line typescript/no-explicit-any -- any JSON: a test compares what it reads
type Json = any

/** Numbers below `n`, the same for the same seed. */
function dice(seed: number): (n: number) => number {
  let state = seed
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
}

const TERMS = [
  { planId: 'starter', chargePeriod: 'monthly' },
  { planId: 'pro', chargePeriod: 'monthly' },
  { planId: 'pro', chargePeriod: 'yearly' },
  { planId: 'free' },
]

/** Something that somebody does, here or at Stripe; what is refused changes nothing. */
async function step(story: Story, roll: (n: number) => number): Promise<string> {
  const { id, status } = await story.view()
  const act = async (action: string, body: object = {}) => {
    const answer = await service.send('POST', `/subscriptions/${id}/${action}`, body)
    return `${action} ${JSON.stringify(body)} ${answer.status}`
  }
  const subscription = await story.reference()
  switch (roll(12)) {
    case 0:
    case 1:
    case 2:
      return act('change', { ...TERMS[roll(4)], when: ['auto', 'now', 'period_end'][roll(3)] })
    case 3:
      return act('cancel', { when: 'period_end' })
    case 4: {
      const { now } = await double.state()
      return act('cancel', { at: new Date(now * 1000 + (5 + roll(40)) * DAY_MS).toISOString() })
    }
    case 5:
      return act('undo')
    case 6:
      return act(status === 'paused' ? 'resume' : 'pause')
    case 7: {
      const paused = status === 'paused' ? 'no' : 'yes'
      await double.command('collection', { subscription, paused })
      return `at Stripe: paused ${paused}`
    }
    case 8: {
      const price = ['starter:monthly', 'pro:monthly'][roll(2)]
      await double.command('change', { subscription, price })
      return `at Stripe: ${price}`
    }
    case 9:
      await story.isDeclined()
      return 'the card is declined'
    case 10: {
      const { customer } = await story.billed()
      await double.command('card', { customer, works: 'yes' })
      await double.command('retry', { subscription })
      return 'the card works'
    }
    default: {
      const days = 1 + roll(40)
      await story.passes(days)
      return `${days} days`
    }
  }
}

/** What is told behind an answer is told, and everything is heard. */
async function settle(story: Story): Promise<void> {
  await story.hears()
  await service.rows(
    'UPDATE subscriptions SET provider_due_at = 0 WHERE customer_id = ?',
    story.customerId,
  )
  await service.tick()
  await story.hears()
}

const priceOf = (terms: Json) => `${terms.planId}:${terms.chargePeriod}`

/** What of ours has to be at Stripe, and is. */
function isInStep(view: Json, billed: Json): void {
  const hasLapsed = view.endedBecause === 'grace_ended'
  if (view.status === 'ended' && !hasLapsed) {
    expect(billed.status).toBe('canceled')
    return
  }
  // What has lapsed takes no change until it is paid for; what has changed meanwhile is followed then.
  if (hasLapsed) {
    expect(billed.status).toBe('past_due')
    return
  }
  const { pendingChange: pending, cancelAt } = view
  const isFreeNext = pending !== null && pending.chargePeriod === null
  const endsAt = isFreeNext ? pending.at : cancelAt
  expect({
    price: billed.price,
    next: billed.next,
    cancelAt: billed.cancel_at,
    isPaused: billed.pause_collection !== null,
    owes: billed.status === 'past_due' && view.status !== 'paused',
  }).toEqual({
    price: priceOf(view),
    next: pending === null || isFreeNext ? null : priceOf(pending),
    cancelAt: endsAt === null ? null : Math.floor(Date.parse(endsAt) / 1000),
    isPaused: view.status === 'paused',
    owes: view.status === 'past_due',
  })
}

it.each<[number, Telling | null]>([
  [1, null],
  [2, { copies: 2, seed: 21, together: 3 }],
  [3, { copies: 2, seed: 31, together: 5 }],
])('whatever is done on either side, both end up the same (walk %i)', async (seed, telling) => {
  const story = await openStory(`walk-${seed}-${crypto.randomUUID().slice(0, 6)}`, telling)
  const roll = dice(seed)
  await story.buys('pro')
  const walked: string[] = []
  for (let steps = 0; steps < STEPS; steps++) {
    walked.push(await step(story, roll))
    await settle(story)
    const view = await story.view()
    if (view.provider === null) break
    try {
      isInStep(view, await story.billed())
    } catch (thrown) {
      throw new Error(`after ${walked.join('; ')}: ${JSON.stringify(view)}`, { cause: thrown })
    }
    if (view.status === 'ended' && view.endedBecause !== 'grace_ended') break
  }
})
