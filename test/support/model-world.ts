/** One customer lived twice: by the core as a customer object drives it, and by the oracle's list. */
import { advance, type CustomerState, type MeterChange } from '../../entitlements/advance.ts'
import type { Catalogue, CompiledPlan } from '../../entitlements/catalogue.ts'
import { consume } from '../../entitlements/consume.ts'
import type { Customer } from '../../entitlements/customer.ts'
import { nextDue } from '../../entitlements/due.ts'
import type { ActionOf } from '../../entitlements/effects.ts'
import { accessTo, evaluate } from '../../entitlements/evaluate.ts'
import { DAY_MS, type Instant } from '../../entitlements/instant.ts'
import { purchase, transition } from '../../entitlements/lifecycle.ts'
import { report } from '../../entitlements/report.ts'
import { resetUsage } from '../../entitlements/reset.ts'
import { isRestorable, statusAt, endOf, phaseAt } from '../../entitlements/status.ts'
import type { Subscription } from '../../entitlements/subscription.ts'
import { type Act, type Event, type History, PLAN_IDS, type Step } from './histories.ts'
import { answerTo, remember } from './oracle.ts'
import type { Fact, Remembered, Use } from './oracle-facts.ts'
import { catalogue, customer, METER, meter, plan } from './world.ts'

const ELSEWHERE = 'elsewhere'
const RANKS: Readonly<Record<string, number>> = { a: 1, b: 2, c: 3, addon: 2 }

/** What both say after a command. */
export interface Opinions {
  readonly core: { readonly answer: string; readonly reading: Remembered }
  readonly oracle: { readonly answer: string; readonly reading: Remembered }
}

export class ModelWorld {
  private readonly played: [Instant, Event, Opinions['core']][] = []
  private readonly watched: boolean
  private at: Instant
  private intent: { customer: Customer; catalogue: Catalogue }
  private pendingSince: Instant | null = null
  private catalogue: Catalogue
  private state: CustomerState
  private readonly facts: Fact[]

  constructor({ beginAt, watched, plans, defaultPlanId }: History) {
    const compiled = PLAN_IDS.map((id) =>
      plan(
        id,
        { ...(plans[id] && { [METER]: plans[id] }), [ELSEWHERE]: meter({ limit: 1000 }) },
        {
          kind: id.startsWith('addon') ? 'addon' : 'base',
          free: id.endsWith('free'),
          rank: RANKS[id] ?? 0,
        },
      ),
    )
    this.watched = watched
    this.at = beginAt
    const whole = catalogue(compiled, defaultPlanId)
    this.catalogue = { ...whole, features: featuresOf(whole) }
    const born = customer({ createdAt: beginAt })
    this.intent = { customer: born, catalogue: this.catalogue }
    this.facts = [{ at: beginAt, customer: born, catalogue: this.catalogue }]
    this.state = { customer: born, lots: new Map(), advancedTo: 0 }
    this.state = advance(this.state, this.catalogue, beginAt).state
  }

  /** Plays one event and asks both. */
  play(event: Event): Opinions {
    const { wait, late, step } = event
    this.at += this.waited(wait)
    const due = this.pendingSince
    // A catalogue cannot be known for longer than it has been edited: what was decided before it comes first.
    if (due !== null && step.do === 'edit') this.learn()
    const answers = this.happen(step)
    const waits = late && due === null && step.do !== 'edit'
    if (this.pendingSince !== null && !waits) this.learn()
    const core = { answer: answers.core, reading: this.coreReading(this.state, this.at) }
    const oracle = { answer: answers.oracle, reading: remember(this.facts, METER, this.at) }
    this.played.push([this.at, event, core])
    return { core, oracle }
  }

  /** What was played and what the core said, for the message of a failure. */
  log(): string {
    const lines = this.played.map(([at, { late, step }, core]) => {
      const when = `${new Date(at).toISOString()}${late ? ' late' : ''}`
      return `${when} ${JSON.stringify(step)}\n    ${JSON.stringify(core)}`
    })
    return lines.join('\n')
  }

  /** What the core reads later, and what it reads if everything had been stored in the opposite order. */
  readings(later: number): { readonly kept: Remembered; readonly turned: Remembered } {
    const at = this.at + later
    const { customer: known, lots } = this.state
    const turned = {
      ...this.state,
      customer: { ...known, subscriptions: known.subscriptions.toReversed() },
      lots: new Map([...lots].map(([id, each]) => [id, each.toReversed()])),
    }
    return { kept: this.coreReading(this.state, at), turned: this.coreReading(turned, at) }
  }

  private waited(wait: Event['wait']): number {
    if (typeof wait === 'number') return wait
    const { until } = evaluate(this.state, this.catalogue, METER, this.at)
    return until === null ? 0 : Math.max(0, until - this.at + wait.beyond)
  }

  private happen(step: Step): { core: string; oracle: string } {
    const nothing = { core: '_', oracle: '_' }
    if (step.do === 'use') {
      this.catchUp()
      this.facts.push({ at: this.at, use: step.use })
      const oracle = answerTo(this.facts, METER)
      // A refusal leaves no trace, not even that time was applied.
      if (oracle === 'refused') this.facts.pop()
      return { core: this.use(step.use), oracle }
    }
    if (step.do === 'elsewhere') {
      this.catchUp()
      const answer = consume(this.state, this.catalogue, ELSEWHERE, step.units, this.at)
      if (answer.outcome === 'consumed') this.keep(ELSEWHERE, answer.change)
      return nothing
    }
    const decided = this.decided(step)
    if (decided === null) return nothing
    this.intent = decided
    this.pendingSince ??= this.at
    return nothing
  }

  private use(use: Use): string {
    const { state, catalogue: known, at } = this
    switch (use.do) {
      case 'consume': {
        const answer = consume(state, known, METER, use.units, at)
        if (answer.outcome === 'consumed') this.keep(METER, answer.change)
        return answer.outcome
      }
      case 'delta':
      case 'set': {
        const usage = { behaviour: use.do, value: use.units, enforce: use.enforce }
        const answer = report(state, known, METER, usage, at)
        if (answer.outcome !== 'recorded') return answer.outcome
        this.keep(METER, answer.change)
        return `${answer.clamped ? 'clamped' : 'recorded'} ${answer.applied}`
      }
      case 'reset':
        this.keep(METER, resetUsage(state, known, METER, at))
        return 'reset'
    }
  }

  private keep(featureId: string, { lots }: MeterChange): void {
    const all = new Map(this.state.lots).set(featureId, lots)
    this.state = { ...this.state, lots: all, advancedTo: Math.max(this.state.advancedTo, this.at) }
  }

  /** As an object does before a decision: everything where it is due, or always where it is watched. */
  private catchUp(): void {
    const due = nextDue(this.state, this.catalogue, this.state.advancedTo)
    if (this.watched || (due !== null && due <= this.at)) this.advanceTo(this.at)
  }

  private advanceTo(at: Instant): void {
    this.state = advance(this.state, this.catalogue, at).state
  }

  /** Intent reaches the meters: what was known holds until it was decided, or until the mark. */
  private learn(): void {
    const since = this.state.advancedTo
    const from = Math.max(this.pendingSince ?? this.at, since)
    this.pendingSince = null
    this.advanceTo(from)
    this.facts.push({ at: from, ...this.intent })
    this.catalogue = this.intent.catalogue
    const subscriptions = remaining(this.intent.customer.subscriptions, since, this.at)
    this.state = { ...this.state, customer: { ...this.intent.customer, subscriptions } }
    this.advanceTo(this.at)
  }

  private coreReading(state: CustomerState, at: Instant): Remembered {
    const { entitlement } = evaluate(state, this.catalogue, METER, at)
    const { reason } = accessTo(entitlement, 1, at)
    if (entitlement.meter === null) return { reason, meter: null }
    const { used, limit, balance, overage, carried, period } = entitlement.meter
    const startAt = period?.startAt ?? null
    const resetAt = period?.endAt ?? null
    return { reason, meter: { used, limit, balance, overage, carried, startAt, resetAt } }
  }

  private decided(step: Step): { customer: Customer; catalogue: Catalogue } | null {
    const { customer: before, catalogue: plans } = this.intent
    switch (step.do) {
      case 'subscribe':
        return { customer: this.subscribed(step), catalogue: plans }
      case 'act': {
        const subscriptions = acted(before.subscriptions, step.which, step.act, this.at)
        return subscriptions && { customer: { ...before, subscriptions }, catalogue: plans }
      }
      case 'override': {
        const startAt = this.at + step.startsInDays * DAY_MS
        const override = {
          featureId: METER,
          allowance: step.patch,
          standalone: step.standalone,
          startAt,
          expiresAt: step.days === null ? null : startAt + step.days * DAY_MS,
        }
        return { customer: { ...before, overrides: [override] }, catalogue: plans }
      }
      case 'revert':
        return { customer: { ...before, overrides: [] }, catalogue: plans }
      case 'edit':
        return { customer: before, catalogue: edited(plans, step, this.at) }
      case 'use':
      case 'elsewhere':
      case 'look':
        return null
    }
  }

  /** A base plan replaces the one that the customer has. */
  private subscribed(step: Step & { do: 'subscribe' }): Customer {
    const { at, intent } = this
    const isBase = !step.planId.startsWith('addon')
    const kept = intent.customer.subscriptions.map((each) =>
      isBase && !isAddon(each) && statusAt(each, at) !== 'ended'
        ? { ...each, ended: { at, because: 'canceled' as const } }
        : each,
    )
    const bought = purchase({
      id: `s${kept.length + 1}`,
      planId: step.planId,
      chargePeriod: chargeOf(step.planId),
      quantity: isBase ? 1 : step.quantity,
      startAt: at + step.startsInDays * DAY_MS,
      trialDays: step.trialDays,
      graceMs: 7 * DAY_MS,
      providerDriven: step.providerDriven,
    })
    return { ...intent.customer, subscriptions: [...kept, bought] }
  }
}

function featuresOf({ features }: Catalogue): Catalogue['features'] {
  const feature = { type: 'meter' as const, onUnavailable: 'deny' as const, grantedBy: [] }
  return new Map(features).set(METER, feature)
}

/** As intent is read from D1: of what ended for good only the last, and what ended since the copy was advanced. */
function remaining(
  all: readonly Subscription[],
  since: Instant,
  at: Instant,
): readonly Subscription[] {
  const isOver = (each: Subscription) => statusAt(each, at) === 'ended' && !isRestorable(each)
  const endedAt = (each: Subscription) => endOf(each)?.at ?? 0
  const began = (each: Subscription) => endedAt(each) >= each.startAt
  const ended = all.filter((each) => statusAt(each, at) === 'ended' && began(each))
  const last = Math.max(...ended.map(endedAt))
  return all.filter((each) => !isOver(each) || endedAt(each) === last || endedAt(each) >= since)
}

function acted(
  all: readonly Subscription[],
  which: number,
  act: Act,
  at: Instant,
): readonly Subscription[] | null {
  // The newest first: they are the ones that something can still happen to.
  const subject = all[all.length - 1 - (which % Math.max(1, all.length))]
  if (subject === undefined) return null
  const action = actionOf(act, subject, at)
  if (action === null) return null
  const outcome = transition(subject, action, at)
  return outcome.ok ? all.map((each) => (each === subject ? outcome.value : each)) : null
}

/** Any action with its data. */
type Action = { [A in Act['act']]: ActionOf<A> }[Act['act']]

function actionOf(act: Act, subject: Subscription, at: Instant): Action | null {
  switch (act.act) {
    case 'change': {
      const planId = toPlan(act.planId, subject)
      const { planId: fromPlan } = phaseAt(subject, at)
      return {
        action: 'change',
        to: {
          planId,
          chargePeriod: chargeOf(planId),
          quantity: isAddon(subject) ? act.quantity : 1,
        },
        fromRank: RANKS[fromPlan] ?? 0,
        toRank: RANKS[planId] ?? 0,
        when: act.when,
      }
    }
    case 'cancel':
      return {
        action: 'cancel',
        when: typeof act.when === 'number' ? { at: at + act.when * DAY_MS } : act.when,
      }
    case 'renew':
    case 'payment_succeeded': {
      const period = act.days === null ? null : { startAt: at, endAt: at + act.days * DAY_MS }
      return { action: act.act, period }
    }
    case 'payment_failed':
      return {
        action: 'payment_failed',
        failedAt: at - act.daysAgo * DAY_MS,
        graceMs: act.graceDays * DAY_MS,
      }
    case 'refund':
      return { action: 'refund', full: act.full }
    case 'undo':
    case 'pause':
    case 'resume':
    case 'end_trial':
      return { action: act.act }
  }
}

/** A base plan stays one, and an add-on too. */
function toPlan(planId: string, subject: Subscription): string {
  if (planId.startsWith('addon') === isAddon(subject)) return planId
  return isAddon(subject) ? 'addon-free' : 'b'
}

function edited(
  before: Catalogue,
  { planId, allowance }: Step & { do: 'edit' },
  at: Instant,
): Catalogue {
  const former = before.plans.get(planId)
  if (former === undefined) throw new Error(`No plan ${planId}`)
  const allowances = new Map(former.allowances)
  if (allowance === null) allowances.delete(METER)
  else allowances.set(METER, { allowance, mark: 'own', fromPlanId: planId })
  const revision = Math.max(before.revision + 1, at)
  const compiled: CompiledPlan = { ...former, revision, allowances }
  return { ...before, revision, plans: new Map(before.plans).set(planId, compiled) }
}

function isAddon({ phases }: Subscription): boolean {
  return phases.every(({ planId }) => planId.startsWith('addon'))
}

function chargeOf(planId: string): 'monthly' | null {
  return planId.endsWith('free') ? null : 'monthly'
}
