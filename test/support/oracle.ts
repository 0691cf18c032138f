/**
 * A second opinion on meters, written from the design's text alone and made to be obvious, not fast.
 *
 * It keeps nothing but a list of dated facts and uses. Every question is answered by living the whole list again
 * from the first fact, one period after the other. What was used is the sum of postings; where a period ends is
 * read off a table that a calendar library wrote.
 */
import type { Catalogue } from '../../entitlements/catalogue.ts'
import type { Customer } from '../../entitlements/customer.ts'
import type { Instant } from '../../entitlements/instant.ts'
import type { Fact, Remembered, Use } from './oracle-facts.ts'
import { type Giver, giversOf } from './oracle-givers.ts'
import { periodOf } from './oracle-grid.ts'
import {
  type Counted,
  grantOf,
  inBurnOrder,
  limitFrom,
  type Slot,
  sum,
  unitsOf,
} from './oracle-slots.ts'
import { canComeBack, datesIn, isEnded, whyNot } from './oracle-status.ts'

/** What the list says of the meter at an instant that is not before its last entry. */
export function remember(facts: readonly Fact[], featureId: string, at: Instant): Remembered {
  const life = relive(facts, featureId)
  life.liveTo(at)
  return life.reading()
}

/** How the last entry of the list, a use, was answered. */
export function answerTo(facts: readonly Fact[], featureId: string): string {
  return relive(facts, featureId).answer
}

function relive(facts: readonly Fact[], featureId: string): Life {
  const [first, ...rest] = facts
  if (first === undefined || 'use' in first) throw new Error('A life begins with a fact')
  const life = new Life(featureId, first)
  for (const fact of rest) {
    life.liveTo(fact.at)
    if ('use' in fact) life.use(fact.use)
    else life.learn(fact)
  }
  return life
}

class Life {
  answer = ''
  private readonly featureId: string
  private customer: Customer
  private catalogue: Catalogue
  private now: Instant
  /** Since when a giver's periods have pinned to its anchor. */
  private readonly pins = new Map<string, Instant>()
  private readonly slots: Slot[] = []
  private readonly postings: { readonly no: number; readonly units: number }[] = []

  constructor(featureId: string, born: { at: Instant; customer: Customer; catalogue: Catalogue }) {
    this.featureId = featureId
    this.customer = born.customer
    this.catalogue = born.catalogue
    this.now = born.at
    this.tick()
  }

  learn({ customer, catalogue }: { customer: Customer; catalogue: Catalogue }): void {
    this.customer = customer
    this.catalogue = catalogue
    this.tick()
  }

  liveTo(at: Instant): void {
    for (;;) {
      const dates = [...datesIn(this.customer), ...this.open().map(({ to }) => to)]
      const next = Math.min(...dates.filter((date) => date > this.now))
      if (next > at) break
      this.now = next
      this.tick()
    }
    this.now = Math.max(this.now, at)
  }

  use(use: Use): void {
    switch (use.do) {
      case 'consume':
        this.answer = this.consume(use.units)
        return
      case 'delta':
        this.answer = use.units < 0 ? this.giveBack(-use.units) : this.add(use.units, use.enforce)
        return
      case 'set':
        this.answer = this.set(use.units, use.enforce)
        return
      case 'reset':
        for (const slot of this.open()) this.post(slot, -this.used(slot))
        this.answer = 'reset'
    }
  }

  reading(): Remembered {
    const givers = this.givers(this.now)
    const speaking = givers.filter(({ speaks }) => speaks)
    const counted = this.counted(givers)
    const used = sum(counted.map(({ slot }) => this.used(slot)))
    const granted = sum(counted.map((each) => each.granted))
    const limit = sum(speaking.map(({ terms }) => unitsOf(terms)))
    const balance = Math.max(0, granted - used)
    const periods = counted
      .map(({ slot }) => slot)
      .filter(({ sort, to, giver }) => {
        return sort === 'period' && to < Infinity && speaking.some(({ id }) => id === giver)
      })
    const resetAt = Math.min(...periods.map(({ to }) => to))
    const soft = speaking.some(({ terms }) => terms?.enforcement === 'soft')
    const meter = {
      used,
      limit: limitFrom(limit),
      balance: limitFrom(balance),
      overage: Math.max(0, used - granted),
      carried: sum(
        counted.filter(({ slot }) => slot.sort === 'brought').map((each) => each.granted),
      ),
      startAt: periods.find(({ to }) => to === resetAt)?.from ?? null,
      resetAt: periods.length === 0 ? null : resetAt,
    }
    const silent = {
      reason: whyNot(
        this.customer,
        givers.some(({ holds }) => holds),
        this.now,
      ),
      meter: used > 0 ? meter : null,
    }
    if (speaking.length === 0) return silent
    if (granted === Infinity) return { reason: 'unlimited', meter }
    if (balance >= 1) return { reason: 'within_limit', meter }
    return { reason: soft ? 'over_soft_limit' : 'limit_reached', meter }
  }

  private consume(units: number): string {
    const givers = this.givers(this.now)
    if (!givers.some(({ speaks }) => speaks)) return 'refused'
    const counted = this.counted(givers)
    if (!this.fits(counted, units) && !counted.some(({ soft }) => soft)) return 'refused'
    this.spend(counted, units)
    return 'consumed'
  }

  private add(units: number, enforce: boolean): string {
    const givers = this.givers(this.now)
    const counted = this.reachable(givers)
    if (enforce && units > 0 && this.refuses(givers, counted, units)) return 'refused'
    if (enforce && !givers.some(({ speaks }) => speaks)) return 'refused'
    this.spend(counted, units)
    return `recorded ${units}`
  }

  private set(units: number, enforce: boolean): string {
    const givers = this.givers(this.now)
    const counted = this.reachable(givers)
    const before = sum(counted.map(({ slot }) => this.used(slot)))
    if (enforce && this.refuses(givers, counted, units - before)) return 'refused'
    for (const { slot } of counted) this.post(slot, -this.used(slot))
    this.spend(counted, units)
    return `recorded ${units - before}`
  }

  private giveBack(units: number): string {
    let left = units
    for (const { slot } of this.reachable(this.givers(this.now)).toReversed()) {
      const back = Math.min(left, this.used(slot))
      this.post(slot, -back)
      left -= back
    }
    return left > 0 ? `clamped ${left - units}` : `recorded ${-units}`
  }

  private refuses(givers: readonly Giver[], counted: readonly Counted[], more: number): boolean {
    if (!givers.some(({ speaks }) => speaks)) return true
    return !this.fits(counted, more) && !counted.some(({ soft }) => soft)
  }

  private fits(counted: readonly Counted[], more: number): boolean {
    const used = sum(counted.map(({ slot }) => this.used(slot)))
    return used + more <= sum(counted.map(({ granted }) => granted))
  }

  /** One unit of room after the other, in burn order; then the excess where the design puts it. */
  private spend(counted: readonly Counted[], units: number): void {
    let left = units
    for (const { slot, granted } of counted) {
      const taken = Math.min(left, Math.max(0, granted - this.used(slot)))
      this.post(slot, taken)
      left -= taken
    }
    if (left === 0) return
    const soft = counted.filter((each) => each.soft)
    const some = soft.length > 0 ? soft : counted
    const soonest = Math.min(...some.map(({ slot }) => slot.to))
    const bearer = some.map(({ slot }) => slot).find(({ to }) => to === soonest)
    this.post(bearer ?? this.begin('unattached', 'loose', null, this.now, Infinity), left)
  }

  /** The slots whose usage the meter shows, in burn order. */
  private counted(givers: readonly Giver[]): readonly Counted[] {
    const counted = this.open().flatMap((slot): Counted[] => {
      const giver = givers.find(({ id }) => id === slot.giver)
      if (slot.sort === 'loose') {
        return givers.some(({ speaks }) => speaks) ? [] : [{ slot, granted: 0, soft: false }]
      }
      if (slot.sort === 'left' || giver?.holds !== true || giver.terms === null) return []
      const soft = giver.speaks && slot.sort === 'period' && giver.terms.enforcement === 'soft'
      return [{ slot, granted: grantOf(slot, giver), soft }]
    })
    return counted.toSorted(inBurnOrder)
  }

  /** The slots that a report can touch: those that count; while nothing allows, what is open but suspended too. */
  private reachable(givers: readonly Giver[]): readonly Counted[] {
    const counted = this.counted(givers)
    if (givers.some(({ speaks }) => speaks)) return counted
    const suspended = this.open().filter(
      ({ sort, giver }) =>
        sort !== 'loose' && givers.some(({ id, terms }) => id === giver && terms !== null),
    )
    const added = suspended.map((slot) => ({ slot, granted: 0, soft: false }))
    return [...counted, ...added].toSorted(inBurnOrder)
  }

  /** Everything that is due at this very instant. */
  private tick(): void {
    const givers = this.givers(this.now)
    this.redate(givers)
    const brought = this.bringForward(givers)
    const ends = new Map<string, Instant>()
    for (const slot of this.open()) {
      if (slot.to > this.now) continue
      if (slot.sort === 'period') ends.set(slot.giver, slot.to)
      slot.gone = true
    }
    this.endWhatIsOver()
    this.enterPlans(givers)
    for (const giver of givers) {
      if (giver.terms !== null) this.beginMissing(giver, brought, ends.get(giver.id) ?? -Infinity)
    }
    this.takeInWhatIsLoose(givers)
  }

  /** A period that pins to the subscription crosses its anchor only if the pinning came after the anchor. */
  private redate(givers: readonly Giver[]): void {
    this.notePins(givers)
    for (const slot of this.open()) {
      const giver = givers.find(({ id }) => id === slot.giver)
      if (!giver?.terms || giver.terms.reset === 'never') continue
      const { anchor, terms } = giver
      const pinned = (this.pins.get(giver.id) ?? Infinity) <= anchor
      if (slot.to === Infinity) {
        slot.to = periodOf(terms, anchor, this.now).to
        slot.from = Math.max(slot.from, Math.min(anchor, this.now))
      } else if (pinned && slot.from < anchor && anchor < slot.to) slot.to = anchor
    }
  }

  private notePins(givers: readonly Giver[]): void {
    const ends = this.customer.overrides.map(({ expiresAt }) => expiresAt ?? Infinity)
    const lastEnd = Math.max(0, ...ends.filter((end) => end <= this.now))
    for (const { id, terms, since } of givers) {
      const pins = terms !== null && terms.reset !== 'never' && terms.anchor === 'subscription'
      if (!pins) this.pins.delete(id)
      // What is learned late has been so since its date.
      else if (!this.pins.has(id)) this.pins.set(id, Math.min(this.now, Math.max(since, lastEnd)))
    }
  }

  /** What the periods that end now hand on, by giver. */
  private bringForward(after: readonly Giver[]): ReadonlyMap<string, number> {
    if (this.open().every(({ sort, to }) => sort !== 'period' || to > this.now)) return new Map()
    const before = this.givers(this.now - 1)
    const counted = this.counted(before)
    const used = sum(counted.map(({ slot }) => this.used(slot)))
    let left = Math.max(0, sum(counted.map(({ granted }) => granted)) - used)
    const brought = new Map<string, number>()
    for (const { slot } of counted) {
      if (slot.sort !== 'period' || slot.to > this.now) continue
      const earlier = before.find(({ id, speaks }) => speaks && id === slot.giver)?.terms
      const later = after.find(({ id, speaks }) => speaks && id === slot.giver)?.terms
      if (!earlier || earlier.limit === 'unlimited') continue
      const unspent = Math.min(left, Math.max(0, earlier.limit - this.used(slot)))
      left -= unspent
      if (!earlier.rollover || !later?.rollover || later.limit === 'unlimited') continue
      const { percent, max } = earlier.rollover
      const share = Number((BigInt(percent) * BigInt(unspent)) / 100n)
      const units = Math.min(share, max ?? Infinity, later.rollover.max ?? Infinity)
      brought.set(slot.giver, units)
    }
    return brought
  }

  private endWhatIsOver(): void {
    for (const slot of this.open()) {
      if (slot.sort === 'left' || !this.isOver(slot.giver)) continue
      const plan = slot.planId === null ? undefined : this.catalogue.plans.get(slot.planId)
      if (slot.sort === 'period' && plan?.free === true && this.used(slot) > 0) slot.sort = 'left'
      else slot.gone = true
    }
  }

  private isOver(giver: string): boolean {
    const subscription = this.customer.subscriptions.find(({ id }) => id === giver)
    if (subscription === undefined) return false
    return isEnded(subscription, this.now) && !canComeBack(subscription)
  }

  private enterPlans(givers: readonly Giver[]): void {
    for (const slot of this.open()) {
      const giver = givers.find(({ id }) => id === slot.giver)
      if (slot.sort !== 'period' || !giver || giver.planId === null) continue
      if (giver.planId === slot.planId) continue
      slot.planId = giver.planId
      const starts = giver.terms?.onPlanChange === 'reset' && !slot.wiped && this.used(slot) > 0
      if (!starts) continue
      this.post(slot, -this.used(slot))
      slot.wiped = true
    }
  }

  private beginMissing(giver: Giver, brought: ReadonlyMap<string, number>, last: Instant): void {
    const { id, planId, terms, start, anchor } = giver
    const open = this.open()
    if (terms === null || open.some((slot) => slot.sort === 'period' && slot.giver === id)) return
    const [waiting] = open
      .filter(({ sort, planId: leftBy }) => {
        return (
          (sort === 'left' && leftBy === planId) || (sort === 'loose' && terms.reset === 'never')
        )
      })
      .map((slot) => ({ slot, granted: 0, soft: false }))
      .toSorted(inBurnOrder)
      .map(({ slot }) => slot)
    if (waiting !== undefined) {
      Object.assign(waiting, { giver: id, sort: 'period', planId, from: this.now })
      this.redate([giver])
      return
    }
    const { from, to } = periodOf(terms, anchor, this.now)
    const since = Math.max(from === -Infinity ? this.now : from, start, last)
    this.begin(id, 'period', planId, since, to)
    const units = brought.get(id) ?? 0
    if (units > 0 && to < Infinity) this.begin(id, 'brought', planId, since, to, units)
  }

  /** What never starts anew and allows something now takes in what was used while nothing allowed it. */
  private takeInWhatIsLoose(givers: readonly Giver[]): void {
    const endless = givers
      .filter(({ speaks, terms }) => speaks && terms?.reset === 'never')
      .flatMap(({ id }) =>
        this.open().filter(({ sort, giver }) => sort === 'period' && giver === id),
      )
      .find(({ to }) => to === Infinity)
    if (endless === undefined) return
    for (const loose of this.open().filter(({ sort }) => sort === 'loose')) {
      const units = this.used(loose)
      this.post(loose, -units)
      this.post(endless, units)
      loose.gone = true
    }
  }

  private begin(
    giver: string,
    sort: Slot['sort'],
    planId: string | null,
    from: Instant,
    to: number,
    brought = 0,
  ): Slot {
    const no = this.slots.length
    const slot = { no, giver, sort, planId, from, to, brought, wiped: false, gone: false }
    this.slots.push(slot)
    return slot
  }

  private open(): Slot[] {
    return this.slots.filter(({ gone }) => !gone)
  }

  private used(slot: Slot): number {
    return sum(this.postings.filter(({ no }) => no === slot.no).map(({ units }) => units))
  }

  private post(slot: Slot, units: number): void {
    if (units !== 0) this.postings.push({ no: slot.no, units })
  }

  private givers(at: Instant): readonly Giver[] {
    return giversOf(this.customer, this.catalogue, this.featureId, at)
  }
}
