import { describe, expect, it } from 'vitest'
import { openStory, service } from './stripe-story.ts'

const DAY_S = 86_400

const invoicesOf = async (subscription: string) =>
  (await service.double.state()).invoices
    .filter((each: Invoice) => each.parent.subscription_details.subscription === subscription)
    .map(({ billing_reason, amount_due, status }: Invoice) => [billing_reason, amount_due, status])

interface Invoice {
  readonly parent: { readonly subscription_details: { readonly subscription: string } }
  readonly billing_reason: string
  readonly amount_due: number
  readonly status: string
}

describe('what is decided here', () => {
  it('goes up at once, and the difference is billed at once', async () => {
    const story = await openStory('up')
    await story.buys('starter')
    await story.changes('pro')
    expect(await story.billed()).toMatchObject({
      status: 'active',
      price: 'pro:monthly',
      next: null,
    })
    expect(await invoicesOf(await story.reference())).toEqual([
      ['subscription_create', 1000, 'paid'],
      ['subscription_update', 4000, 'paid'],
    ])
  })

  it('goes up though the card is declined: the debt is one of the new plan', async () => {
    const story = await openStory('up-declined')
    await story.buys('starter')
    await story.isDeclined()
    await story.changes('pro')
    expect(await story.view()).toMatchObject({ planId: 'pro', status: 'past_due' })
    await story.pays()
    expect(await story.view()).toMatchObject({ planId: 'pro', status: 'active', grace: null })
  })

  it('goes down at the end of the period, and is billed less from then on', async () => {
    const story = await openStory('down')
    await story.buys('pro')
    await story.changes('starter')
    const reference = await story.reference()
    expect(await story.billed()).toMatchObject({ price: 'pro:monthly', next: 'starter:monthly' })
    expect(await invoicesOf(reference)).toHaveLength(1)
    await story.passes(31)
    expect(await story.billed()).toMatchObject({ price: 'starter:monthly', next: null })
    expect(await invoicesOf(reference)).toEqual([
      ['subscription_create', 5000, 'paid'],
      ['subscription_cycle', 1000, 'paid'],
    ])
    await story.passes(62)
    expect(await story.billed()).toMatchObject({
      status: 'active',
      price: 'starter:monthly',
      schedule: null,
    })
  })

  it('goes from a year to a month at the end of the year, and not before', async () => {
    const story = await openStory('rhythm')
    await story.buys('pro', { chargePeriod: 'yearly' })
    await story.changes('starter', { chargePeriod: 'monthly', when: 'period_end' })
    const reference = await story.reference()
    await story.passes(364)
    expect(await story.view()).toMatchObject({ planId: 'pro', chargePeriod: 'yearly' })
    expect(await invoicesOf(reference)).toHaveLength(1)
    await story.passes(2)
    expect(await story.view()).toMatchObject({ planId: 'starter', chargePeriod: 'monthly' })
    expect(await invoicesOf(reference)).toEqual([
      ['subscription_create', 50000, 'paid'],
      ['subscription_cycle', 1000, 'paid'],
    ])
    const { startAt, endAt } = (await story.view()).currentPeriod
    expect(Date.parse(endAt) - Date.parse(startAt)).toBeLessThanOrEqual(31 * DAY_S * 1000)
  })

  it('takes a change back, and replaces one by another', async () => {
    const story = await openStory('back')
    await story.buys('pro')
    await story.changes('starter')
    await story.acts('undo')
    expect(await story.billed()).toMatchObject({ price: 'pro:monthly', next: null, schedule: null })
    await story.changes('starter')
    await story.acts('cancel')
    expect(await story.billed()).toMatchObject({ schedule: null, cancel_at_period_end: true })
    await story.changes('starter')
    expect(await story.billed()).toMatchObject({ next: 'starter:monthly', cancel_at: null })
  })

  it('cancels at the period’s end, on a date, at once; and takes it back', async () => {
    const story = await openStory('cancel')
    await story.buys('starter')
    const sooner = new Date(Date.now() + 5 * DAY_S * 1000).toISOString()
    for (const body of [{ at: sooner }, {}, { at: sooner }, {}]) await story.acts('cancel', body)
    expect(await story.billed()).toMatchObject({ cancel_at_period_end: true, status: 'active' })
    await story.acts('undo')
    expect(await story.billed()).toMatchObject({ cancel_at_period_end: false, cancel_at: null })
    const at = new Date(Date.now() + 10 * DAY_S * 1000).toISOString()
    await story.acts('cancel', { at })
    expect(await story.billed()).toMatchObject({
      cancel_at_period_end: false,
      cancel_at: Math.floor(Date.parse(at) / 1000),
    })
    expect(await story.view()).toMatchObject({ cancelAt: at })
    await story.acts('cancel', { when: 'now' })
    expect(await story.billed()).toMatchObject({ status: 'canceled' })
    expect(await story.view()).toMatchObject({ status: 'ended', endedBecause: 'canceled' })
  })

  it('ends at both at the same moment', async () => {
    const story = await openStory('both-end')
    await story.buys('starter')
    await story.acts('cancel')
    await story.passes(31)
    expect(await story.billed()).toMatchObject({ status: 'canceled' })
    expect(await story.view()).toMatchObject({ status: 'ended', endedBecause: 'canceled' })
    expect(await invoicesOf(await story.reference())).toHaveLength(1)
  })

  it('pauses, and bills nothing until it resumes', async () => {
    const story = await openStory('pause')
    await story.buys('starter')
    await story.acts('pause')
    expect(await story.billed()).toMatchObject({ pause_collection: { behavior: 'void' } })
    await story.passes(31)
    expect(await story.view()).toMatchObject({ status: 'paused' })
    await story.acts('resume')
    expect(await story.billed()).toMatchObject({ pause_collection: null })
    await story.passes(31)
    expect(await story.view()).toMatchObject({ status: 'active' })
    const statuses = (await invoicesOf(await story.reference())).map(
      ([, , status]: string[]) => status,
    )
    expect(statuses).toEqual(['paid', 'void', 'paid'])
  })

  it('refunds what was paid for the period, and bills nothing more', async () => {
    const story = await openStory('refund')
    await story.buys('starter')
    await story.acts('refund', { full: true })
    const { refunds } = await service.double.state()
    expect(refunds).toMatchObject([{ amount: 1000 }])
    expect(await story.billed()).toMatchObject({ status: 'canceled' })
    expect(await story.view()).toMatchObject({ status: 'ended', endedBecause: 'refunded' })
  })

  it('goes on free of charge when it goes down to a plan without a price', async () => {
    const story = await openStory('to-free')
    await story.buys('starter')
    await story.changes('free')
    expect(await story.billed()).toMatchObject({ cancel_at_period_end: true, schedule: null })
    expect(await story.view()).toMatchObject({ cancelAt: null, pendingChange: { planId: 'free' } })
    const reference = await story.reference()
    await story.passes(31)
    expect(await story.view()).toMatchObject({ planId: 'free', status: 'active', provider: null })
    const { subscriptions } = await service.double.state()
    expect(subscriptions.find((each: { id: string }) => each.id === reference).status).toBe(
      'canceled',
    )
  })

  it('many things at once: Stripe ends where ours ends', async () => {
    const story = await openStory('at-once')
    await story.buys('starter')
    const { id } = await story.view()
    const plans = ['pro', 'starter', 'pro', 'starter', 'pro', 'starter', 'pro', 'starter']
    const changes = await Promise.all(
      plans.map((planId) =>
        service.send('POST', `/subscriptions/${id}/change`, { planId, when: 'now' }),
      ),
    )
    expect(changes.map(({ status }) => status)).toEqual(plans.map(() => 200))
    await story.isTold()
    // Of eight at once an earlier one may reach Stripe last: Stripe then tells of it, and ours follows.
    const isSame = async () => {
      await story.hears()
      return (await story.billed()).price === `${(await story.view()).planId}:monthly`
    }
    await expect.poll(isSame, { timeout: 20_000 }).toBe(true)
  })

  it('ends a trial early, and has it paid', async () => {
    const story = await openStory('early')
    await story.buys('trialled')
    expect(await story.view()).toMatchObject({ status: 'trialing' })
    expect(await story.billed()).toMatchObject({ status: 'trialing' })
    await story.acts('end-trial')
    expect(await story.billed()).toMatchObject({ status: 'active' })
    expect(await story.view()).toMatchObject({ status: 'active', grace: null })
  })
})

describe('what is decided at Stripe', () => {
  const { double } = service

  it('changes the plan', async () => {
    const story = await openStory('theirs')
    await story.buys('starter')
    await story.changes('pro')
    await story.changes('starter', { when: 'now' })
    await double.command('change', { subscription: await story.reference(), price: 'pro:monthly' })
    await story.hears()
    expect(await story.view()).toMatchObject({ planId: 'pro', status: 'active' })
  })

  it('pauses, resumes and ends', async () => {
    const story = await openStory('their-pause')
    await story.buys('starter')
    const subscription = await story.reference()
    await double.command('collection', { subscription, paused: 'yes' })
    await story.hears()
    expect(await story.view()).toMatchObject({ status: 'paused' })
    await double.command('collection', { subscription, paused: 'no' })
    await story.hears()
    expect(await story.view()).toMatchObject({ status: 'active' })
    await double.command('cancel', { subscription })
    await story.hears()
    expect(await story.view()).toMatchObject({ status: 'ended', endedBecause: 'canceled' })
  })

  it('is owed when a trial is over, and forgiven once it is paid', async () => {
    const story = await openStory('trial-declined')
    await story.buys('trialled')
    await story.isDeclined()
    await story.passes(15)
    expect(await story.view()).toMatchObject({ status: 'past_due' })
    await story.pays()
    expect(await story.view()).toMatchObject({ status: 'active' })
  })

  it('is a trial that is paid for', async () => {
    const story = await openStory('trial-paid')
    await story.buys('trialled')
    await story.passes(15)
    expect(await story.view()).toMatchObject({ status: 'active', grace: null })
  })

  it('brings back what grace has ended', async () => {
    const story = await openStory('restored')
    await story.buys('starter')
    await story.isDeclined()
    await story.passes(31)
    await story.passes(8)
    expect(await story.view()).toMatchObject({ status: 'ended', endedBecause: 'grace_ended' })
    await story.pays()
    expect(await story.view()).toMatchObject({ status: 'active', endedAt: null })
  })

  it('gives back a part, or is disputed: told, and without effect', async () => {
    const story = await openStory('partial')
    await story.buys('starter')
    await story.isRefunded(300)
    await double.command('dispute', { subscription: await story.reference() })
    await story.hears()
    expect(await story.view()).toMatchObject({ status: 'active' })
    const told = await service.rows(
      `SELECT type, data ->> 'amount' AS amount FROM events
       WHERE customer_id = 'partial' AND type IN ('subscription.refunded', 'subscription.disputed') ORDER BY n`,
    )
    expect(told).toEqual([
      { type: 'subscription.refunded', amount: 300 },
      { type: 'subscription.disputed', amount: 1000 },
    ])
    await story.isRefunded(700)
    expect(await story.view()).toMatchObject({ status: 'ended', endedBecause: 'refunded' })
  })

  it('refunds a former period: without effect on the one that is paid', async () => {
    const story = await openStory('former')
    await story.buys('starter')
    const { latest_invoice: invoice } = await story.billed()
    await story.passes(31)
    await double.command('refund', { subscription: await story.reference(), invoice })
    await story.hears()
    expect(await story.view()).toMatchObject({ status: 'active' })
  })

  it('is in a status that nobody knows: everything stays as it is', async () => {
    const story = await openStory('future-status')
    await story.buys('starter')
    const before = await story.state()
    await double.command('status', { subscription: await story.reference(), status: 'frozen' })
    await story.hears()
    expect(await story.state()).toEqual(before)
  })
})
