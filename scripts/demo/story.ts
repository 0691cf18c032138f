/** The story, chapter by chapter. Every chapter ends on an answer that must be as told, or the story stops. */
import { Refusal } from '../dev/refusal.ts'
import type { Answer } from '../seed/client.ts'
import { MESSAGES, SSO } from './catalogue.ts'
import { pressAt } from './shopper.ts'
import { ask, listen, say, type Stage } from './stage.ts'

const APPLICATION = 'https://app.example/welcome?session={CHECKOUT_SESSION_ID}'

interface Chapter {
  readonly title: string
  readonly tell: (stage: Stage) => Promise<void>
}

/** Tells everything, with what the events say beside it. */
export async function tellStory(stage: Stage): Promise<void> {
  for (const [at, { title, tell }] of CHAPTERS.entries()) {
    console.log(`\n ${String(at + 1).padStart(2)}  ${title}`)
    await tell(stage)
    if (at > 0) await listen(stage)
  }
}

const CHAPTERS: readonly Chapter[] = [
  {
    title: 'A stranger asks',
    tell: async (stage) => {
      mustBe(await ask(stage, MESSAGES), { hasAccess: false, reason: 'unknown_customer' })
    },
  },
  {
    title: 'Checkout: Basic, $19 a month',
    tell: async (stage) => {
      await buy(stage, 'demo-basic')
      mustBe(await ask(stage, MESSAGES), { hasAccess: true, used: 0, limit: 1_000 })
      mustBe(await ask(stage, SSO), { hasAccess: false, reason: 'not_in_plan' })
    },
  },
  {
    title: '900 messages are sent: a threshold warns',
    tell: async (stage) => {
      await consume(stage, 900)
      mustBe(await ask(stage, MESSAGES, 200), { hasAccess: false, reason: 'limit_reached' })
    },
  },
  {
    title: 'Upgrade to Team, which carries usage along',
    tell: async (stage) => {
      await buy(stage, 'demo-team')
      mustBe(await ask(stage, MESSAGES), { hasAccess: true, used: 900, limit: 5_000 })
      mustBe(await ask(stage, SSO), { hasAccess: true, reason: 'enabled' })
    },
  },
  {
    title: 'Upgrade to Scale, which starts anew',
    tell: async (stage) => {
      await buy(stage, 'demo-scale')
      mustBe(await ask(stage, MESSAGES), { hasAccess: true, used: 0, limit: 20_000 })
    },
  },
  {
    title: 'Down to Team, at the end of the month: nothing is lost until then',
    tell: async (stage) => {
      const { id } = await subscription(stage)
      const { body } = await act(stage, id, 'change', { planId: 'demo-team' })
      const change = body['pendingChange'] as { readonly at: string }
      say(`pending: demo-team at ${change.at}`)
      mustBe(await ask(stage, MESSAGES), { limit: 20_000 })
      await moveClock(stage, { now: change.at })
      mustBe(await ask(stage, MESSAGES), { hasAccess: true, used: 0 })
      mustBe(await subscription(stage), { planId: 'demo-team', pendingChange: null })
    },
  },
  {
    title: 'A month of 1,000 messages, renewed: half of the rest, at most 2,000, is carried over',
    tell: async (stage) => {
      await consume(stage, 1_000)
      const { id, currentPeriod } = await subscription(stage)
      await pay(stage, id, 'paid')
      await moveClock(stage, { now: currentPeriod.endAt })
      mustBe(await ask(stage, MESSAGES), { hasAccess: true, used: 0, carried: 2_000 })
    },
  },
  {
    title: 'A payment fails: grace of 3 days in which access stays, and not a millisecond longer',
    tell: async (stage) => {
      await consume(stage, 2_500)
      const { id } = await subscription(stage)
      await pay(stage, id, 'failed')
      mustBe(await ask(stage, MESSAGES), { hasAccess: true })
      const { grace } = await subscription(stage)
      const end = Date.parse(String(grace?.endsAt))
      await moveClock(stage, { now: new Date(end - 1).toISOString() })
      mustBe(await ask(stage, MESSAGES), { hasAccess: true })
      await moveClock(stage, { now: new Date(end).toISOString() })
      mustBe(await ask(stage, MESSAGES), { hasAccess: false, reason: 'grace_ended' })
    },
  },
  {
    title: 'Paid after all: restored at once, usage kept',
    tell: async (stage) => {
      const { id } = await subscription(stage)
      await pay(stage, id, 'paid')
      mustBe(await ask(stage, MESSAGES), { hasAccess: true, used: 2_500 })
    },
  },
  {
    title: 'Refunded: revoked at once',
    tell: async (stage) => {
      const { id } = await subscription(stage)
      await pay(stage, id, 'refunded')
      mustBe(await ask(stage, MESSAGES), { hasAccess: false, reason: 'subscription_ended' })
    },
  },
]

interface Held {
  readonly id: string
  readonly planId: string
  readonly currentPeriod: { readonly endAt: string }
  readonly grace: { readonly endsAt: string } | null
}

async function subscription({ service, customerId }: Stage): Promise<Held> {
  const path = `/customers/${encodeURIComponent(customerId)}/subscriptions`
  const { body } = await service.send('GET', path)
  const [newest] = body['data'] as readonly Held[]
  if (newest === undefined) throw new Refusal(`${customerId} has no subscription.`)
  return newest
}

async function buy({ service, customerId }: Stage, planId: string): Promise<void> {
  const asked = { customerId, planId, chargePeriod: 'monthly', successUrl: APPLICATION }
  const { body } = await service.send('POST', '/checkout/sessions', asked, crypto.randomUUID())
  say(`the application makes a checkout session and sends the customer to ${String(body['url'])}`)
  const { url } = await pressAt(String(body['url']), 'pay')
  say(`they pay, and come back to ${shortened(url)}`)
}

async function consume({ service, customerId }: Stage, quantity: number): Promise<void> {
  const asked = { customerId, featureId: MESSAGES, quantity }
  const { body } = await service.send('POST', '/consume', asked, crypto.randomUUID())
  say(`consume(${MESSAGES} × ${quantity}) → ${body['consumed'] === true ? 'consumed' : 'refused'}`)
}

function act({ service }: Stage, id: string, action: string, body: object): Promise<Answer> {
  return service.send('POST', `/subscriptions/${id}/${action}`, body, crypto.randomUUID())
}

async function pay({ service }: Stage, id: string, outcome: string): Promise<void> {
  const path = `/sandbox/subscriptions/${id}/payments`
  await service.send('POST', path, { outcome }, crypto.randomUUID())
  say(`the payment provider tells: ${outcome}`)
}

async function moveClock({ service, customerId }: Stage, body: object): Promise<void> {
  const path = `/sandbox/customers/${encodeURIComponent(customerId)}/clock`
  await service.send('PUT', path, body)
  say(`the customer's clock: ${Object.values(body).join('')}`)
}

function mustBe(found: object, wanted: object): void {
  for (const [field, value] of Object.entries(wanted)) {
    const got: unknown = Reflect.get(found, field)
    if (got === value) continue
    throw new Refusal(`The story goes otherwise: ${field} is ${JSON.stringify(got)}, not ${JSON.stringify(value)}.
${JSON.stringify(found, null, 2)}`)
  }
}

function shortened(url: string): string {
  return url.replace(/(consistencyToken=.{8})[^&#]*/, '$1…')
}
