'use client'

/** Entitlements in React. docs/react.md shows how. */
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from 'react'
import type { ConsumptionAnswer, Entitlement } from '../schema/calls.ts'
import type { Client, Held, Source, Use } from './contract.ts'
import { askerOf } from './react/asker.ts'
import { type EntitlementState, forQuantity, type Shown } from './react/state.ts'
import { EntitlementStore, type Refreshing } from './react/store.ts'

export type { Held, Source } from './contract.ts'
export type { EntitlementState } from './react/state.ts'
export type { Refreshing } from './react/store.ts'

export interface SluiceProviderProps<F extends string = string> {
  /** In a browser one with a customer's token, never with a key. The same object at every render. */
  readonly client: Client<F>
  readonly customerId: string
  /** What the server rendered with: `await serverSnapshot(client, customerId)`. A newer one is taken over. */
  readonly initial?: Held | null
  /** Tells of changes as they happen. The same object at every render. */
  readonly live?: Source
  /** When to ask again by itself; what ends by its date is asked for at that date in any case. */
  readonly refresh?: Refreshing
  readonly children?: ReactNode
}

export interface EntitlementOptions {
  /** Units that have to be left, from 1; 1 where absent. */
  readonly quantity?: number
}

/** Everything of the customer. */
export interface EntitlementsState {
  readonly entitlements: readonly Entitlement[]
  readonly isPending: boolean
  /** Why the last answer did not come. What was known before is still shown. */
  readonly error: Error | null
}

/** How to use up units of one meter. */
export interface Consuming {
  /** Checks and counts in one step. What is shown follows at once. Rejects where the service cannot be reached. */
  readonly consume: (
    quantity?: number,
    options?: Pick<Use, 'idempotencyKey' | 'metadata'>,
  ) => Promise<ConsumptionAnswer>
  readonly isPending: boolean
  /** Of the last use, where it was not answered. */
  readonly error: Error | null
}

export interface GateProps<F extends string = string> extends EntitlementOptions {
  readonly feature: F
  readonly children: ReactNode | ((state: EntitlementState) => ReactNode)
  /** In the place of what the customer may not use. */
  readonly fallback?: ReactNode | ((state: EntitlementState) => ReactNode)
  /** While nothing is known yet. */
  readonly loading?: ReactNode
}

/** What is above a component. */
export interface SluiceHere<F extends string = string> {
  readonly client: Client<F>
  readonly customerId: string
  /** Asks again, such as after a purchase. */
  readonly refresh: () => Promise<void>
}

interface Here extends SluiceHere {
  readonly store: EntitlementStore
}

const Above = createContext<Here | null>(null)

/** Gives the components below it one customer's entitlements, and keeps them true while it is mounted. */
export function SluiceProvider<F extends string>(props: SluiceProviderProps<F>): ReactNode {
  const { client, customerId, initial = null, live = null, refresh = {}, children } = props
  const { onFocus = false, everyMs = Infinity } = refresh
  const own = initial?.customerId === customerId ? initial : null
  const here = useMemo<Here>(() => {
    const asked: Client = client
    const store = new EntitlementStore({
      ask: askerOf(asked, customerId),
      initial: own,
      live,
      refreshing: { onFocus, everyMs },
    })
    return { client: asked, customerId, store, refresh: () => store.refresh() }
    // A newer `initial` is taken over by the store that there is.
  }, [client, customerId, live, onFocus, everyMs])
  useEffect(() => here.store.start(), [here])
  useEffect(() => {
    if (own !== null) here.store.take(own)
  }, [here, own])
  return <Above.Provider value={here}>{children}</Above.Provider>
}

/** What is known of one feature. */
export function useEntitlement<F extends string>(
  featureId: F,
  { quantity = 1 }: EntitlementOptions = {},
): EntitlementState {
  const state = useShown((shown) => shown.states.get(featureId) ?? shown.otherwise)
  return useMemo(() => forQuantity(state, quantity), [state, quantity])
}

/** Everything of the customer, for a page that lists it. */
export function useEntitlements(): EntitlementsState {
  const entitlements = useShown(({ held }) => held?.data ?? NONE)
  const isPending = useShown(({ held, error }) => held === null && error === null)
  const error = useShown((shown) => shown.error)
  return useMemo(() => ({ entitlements, isPending, error }), [entitlements, isPending, error])
}

const NONE: readonly Entitlement[] = []

/** How to use up units of a meter, and whether that is under way. */
export function useConsume<F extends string>(featureId: F): Consuming {
  const { client, customerId, store } = useAbove()
  const [underWay, setUnderWay] = useState(0)
  const [error, setError] = useState<Error | null>(null)
  const consume = useCallback<Consuming['consume']>(
    async (quantity = 1, options = {}) => {
      setUnderWay((count) => count + 1)
      try {
        const answer = await client.consume({ customerId, featureId, quantity, ...options })
        store.note(answer)
        setError(null)
        return answer
      } catch (thrown) {
        setError(thrown instanceof Error ? thrown : new Error(String(thrown)))
        throw thrown
      } finally {
        setUnderWay((count) => count - 1)
      }
    },
    [client, customerId, featureId, store],
  )
  return { consume, isPending: underWay > 0, error }
}

/** Shows its children to whoever may use the feature. It hides; what it guards has to be refused by the server too. */
export function Gate<F extends string>(props: GateProps<F>): ReactNode {
  const { feature, quantity = 1, children, fallback = null, loading = null } = props
  const state = useEntitlement(feature, { quantity })
  if (state.isPending) return loading
  const shown = state.hasAccess ? children : fallback
  return typeof shown === 'function' ? shown(state) : shown
}

/** The client and the customer of the provider above, and how to ask again. */
export function useSluice(): SluiceHere {
  return useAbove()
}

/** All of the above for a catalogue whose feature ids are known: another id does not compile. */
export interface SluiceReact<F extends string> {
  readonly SluiceProvider: (props: SluiceProviderProps<F>) => ReactNode
  readonly useEntitlement: (featureId: F, options?: EntitlementOptions) => EntitlementState
  readonly useEntitlements: () => EntitlementsState
  readonly useConsume: (featureId: F) => Consuming
  readonly Gate: (props: GateProps<F>) => ReactNode
  readonly useSluice: () => SluiceHere<F>
}

/** `const { useEntitlement, Gate } = createSluiceReact<FeatureId>()`. */
export function createSluiceReact<F extends string>(): SluiceReact<F> {
  return { SluiceProvider, useEntitlement, useEntitlements, useConsume, Gate, useSluice }
}

function useShown<T>(select: (shown: Shown) => T): T {
  const { store } = useAbove()
  return useSyncExternalStore(
    store.subscribe,
    () => select(store.shown()),
    () => select(store.initially()),
  )
}

function useAbove(): Here {
  const here = useContext(Above)
  if (here === null) throw new Error('There is no <SluiceProvider> above this component.')
  return here
}
