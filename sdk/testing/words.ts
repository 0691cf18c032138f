/** A catalogue and its customers in the words of the API, as a seed file has them. What JSON brings fits these types. */

/** A date, an instant as RFC 3339 has it, or one that is told from now on: `-10d`, `+3h`, `now`. */
export type Moment = Date | string

/** As in `PUT /v1/catalogue`. */
export interface CatalogueWords {
  readonly features: readonly FeatureWords[]
  readonly plans: readonly PlanWords[]
  readonly defaultPlanId?: string | null
}

export interface FeatureWords extends Described {
  readonly id: string
  readonly type: string
  readonly unit?: object
  readonly meter?: object
  readonly onUnavailable?: string
  readonly archivedAt?: string | null
}

export interface PlanWords extends Described {
  readonly id: string
  readonly parentId?: string | null
  readonly kind?: string
  readonly rank?: number
  readonly visibility?: string
  readonly trialDays?: number
  readonly graceDays?: number | null
  readonly prices?: readonly {
    readonly chargePeriod: string
    readonly amount?: number
    readonly currency?: string
  }[]
  readonly allowances?: { readonly [featureId: string]: object | undefined }
  readonly archivedAt?: string | null
}

/** As in `PUT /v1/customers/{id}`, with what the customer has. */
export interface CustomerWords extends Described {
  readonly id: string
  readonly email?: string | null
  readonly graceDays?: number | null
  readonly createdAt?: Moment
  readonly subscriptions?: readonly SubscriptionWords[]
  readonly overrides?: readonly OverrideWords[]
  readonly usage?: readonly UsageWords[]
}

/** As in `POST /v1/customers/{id}/subscriptions`, with what is done to it afterwards. */
export interface SubscriptionWords {
  /** `sub_1` and so on where absent. */
  readonly id?: string
  readonly planId: string
  readonly chargePeriod?: string
  readonly quantity?: number
  readonly startAt?: Moment
  readonly trialDays?: number
  readonly provider?: object
  readonly metadata?: object
  readonly actions?: readonly ActionWords[]
}

/** As in `POST /v1/subscriptions/{id}/{action}`. */
export interface ActionWords {
  readonly action: string
  readonly planId?: string
  readonly chargePeriod?: string
  readonly quantity?: number
  readonly when?: string
  readonly at?: Moment
  readonly occurredAt?: Moment
  readonly reference?: string
  readonly period?: { readonly startAt: Moment; readonly endAt: Moment }
  readonly full?: boolean
}

/** As in `PUT /v1/customers/{id}/overrides/{featureId}`. */
export interface OverrideWords {
  readonly featureId: string
  readonly allowance: object
  readonly standalone?: boolean
  readonly startAt?: Moment
  readonly expiresAt?: Moment | null
  readonly reason?: string | null
}

/** As in `POST /v1/usage`. */
export interface UsageWords {
  readonly featureId: string
  readonly behaviour?: string
  readonly value: number
  readonly occurredAt?: Moment
  readonly enforce?: boolean
}

/** Nothing is decided by it. */
interface Described {
  readonly name?: string | null
  readonly description?: string | null
  readonly metadata?: object
}
