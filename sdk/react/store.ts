/** What the components below one provider know of one customer, and what keeps it true. */
import type { ConsumptionAnswer } from '../../schema/calls.ts'
import type { Held, Source } from '../contract.ts'
import type { Asker } from './asker.ts'
import {
  afterUse,
  changesIn,
  isAsNew,
  isLater,
  type Shown,
  shownAfter,
  shownAtFirst,
  shownDespite,
} from './state.ts'
import { whenBack } from './when-back.ts'

/** When to ask again without being told to. Time boundaries are kept whatever stands here. */
export interface Refreshing {
  /** Whenever the page comes into view, or the browser back online. */
  readonly onFocus?: boolean
  readonly everyMs?: number
}

export interface StoreOptions {
  readonly ask: Asker
  /** What the server rendered with. */
  readonly initial: Held | null
  readonly live: Source | null
  readonly refreshing: Refreshing
}

/** After an answer that did not come, doubled each time. */
const RETRY_MS = { first: 5_000, most: 60_000 }
/** After a boundary, so that the service has reached it by its own clock. */
const BEYOND_MS = 1_000
/** What a timer of a browser can hold. */
const LATEST_MS = 2 ** 31 - 1

type Timer = ReturnType<typeof setTimeout> | undefined

/** One customer's entitlements, as an external store of React. It asks nobody before it is started. */
export class EntitlementStore {
  readonly #options: StoreOptions
  readonly #listeners = new Set<() => void>()
  readonly #initially: Shown
  #shown: Shown
  /** Until time changes something. */
  #boundary: Timer
  /** Until it is asked for again, whatever happens. */
  #again: Timer
  #asking: AbortController | null = null
  /** Whether what is shown is what was last answered, and not what was heard or used since. */
  #isAnswer = false
  #isRunning = false
  #retryMs = RETRY_MS.first

  constructor(options: StoreOptions) {
    this.#options = options
    this.#initially = shownAtFirst(options.initial)
    this.#shown = this.#initially
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What is shown now. */
  readonly shown = (): Shown => this.#shown

  /** What the server has shown: for as long as a part of the page is still its HTML. */
  readonly initially = (): Shown => this.#initially

  /** Begins to keep what is shown true. Returns how to end it. */
  start(): () => void {
    this.#isRunning = true
    const { live, refreshing } = this.#options
    const stopHearing = live?.subscribe((held) => this.take(held))
    const stopWatching = refreshing.onFocus === true ? whenBack(() => void this.refresh()) : null
    const heard = live?.current() ?? null
    if (heard !== null) this.take(heard)
    if (this.#shown.held === null) void this.refresh()
    else {
      this.#hold(this.#shown.held)
      this.#askIn(refreshing.everyMs ?? Infinity)
    }
    return () => {
      this.#isRunning = false
      this.#asking?.abort()
      this.#asking = null
      clearTimeout(this.#boundary)
      clearTimeout(this.#again)
      stopHearing?.()
      stopWatching?.()
    }
  }

  /** Asks again. An answer to an older question than this one is not looked at. What went wrong is in what is shown. */
  async refresh(): Promise<void> {
    this.#asking?.abort()
    const asking = new AbortController()
    this.#asking = asking
    try {
      const held = await this.#options.ask(asking.signal, this.#isAnswer)
      if (this.#asking === asking) this.#settle(held)
    } catch (error) {
      if (this.#asking === asking) this.#fail(error)
    }
  }

  /** Takes over what somebody else was told: a live source, or a later render of the server. */
  take(held: Held): void {
    if (!isLater(held, this.#shown.held)) return
    this.#isAnswer = false
    this.#hold(held)
  }

  /** Takes over what a use has answered. A list that was asked for before it does not know of it, and what was counted before tells of then: it is asked for again. */
  note(answer: ConsumptionAnswer): void {
    const { held } = this.#shown
    this.#isAnswer = false
    if (held !== null) this.#show(shownAfter(this.#shown, afterUse(held, answer)))
    if (this.#asking !== null || answer.replayed === true) void this.refresh()
  }

  #settle(held: Held | null): void {
    this.#asking = null
    this.#retryMs = RETRY_MS.first
    const before = this.#shown
    const isTaken = held !== null && isAsNew(held, before.held)
    if (held !== null) this.#isAnswer = isTaken
    if (isTaken) this.#hold(held)
    else if (before.error !== null) this.#show({ ...before, error: null })
    this.#askIn(this.#options.refreshing.everyMs ?? Infinity)
  }

  #fail(error: unknown): void {
    this.#asking = null
    this.#show(shownDespite(this.#shown, error instanceof Error ? error : new Error(String(error))))
    this.#askIn(this.#retryMs)
    this.#retryMs = Math.min(2 * this.#retryMs, RETRY_MS.most)
  }

  /** Shows it, until time changes it. */
  #hold(held: Held): void {
    this.#show(shownAfter(this.#shown, held))
    const boundary = changesIn(held)
    clearTimeout(this.#boundary)
    if (boundary !== null && boundary <= LATEST_MS - BEYOND_MS && this.#isRunning)
      this.#boundary = setTimeout(() => void this.refresh(), boundary + BEYOND_MS)
  }

  #show(shown: Shown): void {
    this.#shown = shown
    for (const listener of this.#listeners) listener()
  }

  #askIn(delayMs: number): void {
    clearTimeout(this.#again)
    if (this.#isRunning && delayMs <= LATEST_MS)
      this.#again = setTimeout(() => void this.refresh(), delayMs)
  }
}
