/**
 * Entitlements as flags of OpenFeature, in a server: the provider of any client of Sluice. Flags are what they are in the
 * remote protocol (docs/openfeature.md); beside it, tracking counts.
 */
import {
  ErrorCode,
  type EvaluationContext,
  type JsonValue,
  type Provider,
  type ResolutionDetails,
  type TrackingEventDetails,
} from '@openfeature/server-sdk'
import { featureOf, type Flag, flagsOf, restingOn } from '../schema/flag.ts'
import type { Client } from './contract.ts'

export interface EntitlementsProviderOptions<F extends string = string> {
  /** The meter that a tracking event counts on; null where it is about something else. By its own name where absent. */
  readonly featureOf?: (trackingEventName: string) => F | null
  /** Hears what tracking cannot tell its caller, who does not wait for it. Written to the console where absent. */
  readonly onProblem?: (problem: unknown, trackingEventName: string) => void
}

/** As whom a flag can be asked for. */
type FlagType = 'boolean' | 'string' | 'number' | 'object'

/** `await OpenFeature.setProviderAndWait(new EntitlementsProvider(sluice))`; the targeting key is the customer's id. */
export class EntitlementsProvider<F extends string = string> implements Provider {
  readonly metadata: { readonly name: string } = { name: 'Sluice' }
  readonly runsOn = 'server'
  readonly #client: Client<F>
  readonly #options: EntitlementsProviderOptions<F>
  readonly #underWay = new Set<Promise<void>>()

  constructor(client: Client<F>, options: EntitlementsProviderOptions<F> = {}) {
    this.#client = client
    this.#options = options
  }

  /** Whether the customer may use the feature; of a meter, one unit more. */
  resolveBooleanEvaluation(
    flagKey: string,
    defaultValue: boolean,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<boolean>> {
    return this.#resolve('boolean', flagKey, defaultValue, context)
  }

  /** The value of a customizable feature. */
  resolveStringEvaluation(
    flagKey: string,
    defaultValue: string,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<string>> {
    return this.#resolve('string', flagKey, defaultValue, context)
  }

  /** The value of a customizable feature, or as `{meter}.balance` what is left of a meter. */
  resolveNumberEvaluation(
    flagKey: string,
    defaultValue: number,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<number>> {
    return this.#resolve('number', flagKey, defaultValue, context)
  }

  /** The value of a customizable feature, an object or a list. */
  resolveObjectEvaluation<T extends JsonValue>(
    flagKey: string,
    defaultValue: T,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<T>> {
    return this.#resolve('object', flagKey, defaultValue, context)
  }

  /**
   * Reports `value` units, 1 where absent, of the meter that the event is about; negative ones are given back. What else the
   * details say becomes the report's metadata, but an `idempotencyKey`, which makes it count once.
   */
  track(
    trackingEventName: string,
    context: EvaluationContext,
    details: TrackingEventDetails = {},
  ): void {
    const { featureOf = (name) => name as F, onProblem = warn } = this.#options
    const featureId = featureOf(trackingEventName)
    if (featureId === null) return
    const reported = this.#report(featureId, context, details)
      .catch((problem: unknown) => onProblem(problem, trackingEventName))
      .finally(() => this.#underWay.delete(reported))
    this.#underWay.add(reported)
  }

  /** Waits for what was tracked. */
  async onClose(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  async #resolve<T extends JsonValue>(
    type: FlagType,
    flagKey: string,
    defaultValue: T,
    { targetingKey }: EvaluationContext,
  ): Promise<ResolutionDetails<T>> {
    if (targetingKey === undefined || targetingKey === '') {
      return failed(defaultValue, ErrorCode.TARGETING_KEY_MISSING, NO_CUSTOMER)
    }
    const featureId = featureOf(flagKey) as F
    const verdict = await this.#client.check({ customerId: targetingKey, featureId })
    const { revision, decidedBy, reason } = verdict
    if (verdict.type === null && reason !== 'unknown_feature') {
      return failed(defaultValue, ErrorCode.GENERAL, 'Sluice could not be asked.')
    }
    const about = { contextId: targetingKey, version: `${revision}`, decidedBy }
    const flags = flagsOf(verdict, { ...about, ...restingOn(verdict) })
    const flag = flags.find(({ key }) => key === flagKey)
    if (flag !== undefined) return resolved(flag, type, defaultValue)
    const none = `There is no flag '${flagKey}'. ${verdict.hint ?? ''}`.trimEnd()
    return failed(defaultValue, ErrorCode.FLAG_NOT_FOUND, none)
  }

  async #report(
    featureId: F,
    { targetingKey }: EvaluationContext,
    { value = 1, idempotencyKey, ...metadata }: TrackingEventDetails,
  ): Promise<void> {
    if (targetingKey === undefined || targetingKey === '') throw new TypeError(NO_CUSTOMER)
    await this.#client.reportUsage({
      customerId: targetingKey,
      featureId,
      value,
      ...(typeof idempotencyKey === 'string' && { idempotencyKey }),
      ...(Object.keys(metadata).length > 0 && { metadata }),
    })
  }
}

const NO_CUSTOMER = 'The context names no customer: its targetingKey is the customer’s id.'

function resolved<T extends JsonValue>(
  { value, reason, variant, metadata }: Flag,
  type: FlagType,
  defaultValue: T,
): ResolutionDetails<T> {
  const known = { reason, variant, flagMetadata: metadata }
  if (value === undefined) return { value: defaultValue, ...known }
  if (typeof value === type) return { value: value as T, ...known }
  const message = `The flag is a ${typeof value}, and was asked for as a ${type}.`
  return { ...failed(defaultValue, ErrorCode.TYPE_MISMATCH, message), flagMetadata: metadata }
}

function failed<T>(value: T, errorCode: ErrorCode, errorMessage: string): ResolutionDetails<T> {
  return { value, reason: 'ERROR', errorCode, errorMessage }
}

function warn(problem: unknown, trackingEventName: string): void {
  console.warn(`Sluice could not count '${trackingEventName}':`, problem)
}
