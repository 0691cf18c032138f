/** The client's types say what the wire's schemas say: a field that one of them has, the other has too. */
import { describe, expectTypeOf, it } from 'vitest'
import type * as z from 'zod/mini'
import type * as Calls from '../../schema/calls.ts'
import type * as access from '../../schema/wire/access.ts'
import type * as checkout from '../../schema/wire/checkout.ts'
import type * as customer from '../../schema/wire/customer.ts'
import type * as override from '../../schema/wire/override.ts'
import type * as portal from '../../schema/wire/portal.ts'
import type * as preview from '../../schema/wire/preview.ts'
import type * as subscription from '../../schema/wire/subscription.ts'
import type * as token from '../../schema/wire/token.ts'
import type * as usage from '../../schema/wire/usage.ts'
import type { Report, Use } from '../../sdk/contract.ts'
import type * as Manage from '../../sdk/manage.ts'

/** What JSON makes of what a caller says. */
type Sent<T> = unknown extends T
  ? z.core.util.JSONType
  : T extends Date
    ? string
    : T extends readonly (infer I)[]
      ? Sent<I>[]
      : T extends object
        ? { -readonly [K in keyof T]: Sent<T[K]> }
        : T

/** What callers may say of a customer's own resource. */
type In<S extends z.ZodMiniType> = NonNullable<z.input<S>>
type Out<S extends z.ZodMiniType> = z.output<S>
type Query<R extends { readonly query: z.ZodMiniType }> = keyof NonNullable<z.input<R['query']>>

describe('what a caller says', () => {
  it('is what the service reads', () => {
    expectTypeOf<Sent<Manage.CustomerFields>>().toExtend<In<typeof customer.customerInput>>()
    expectTypeOf<Sent<Manage.SubscriptionInput>>().toExtend<
      In<typeof subscription.subscriptionInput>
    >()
    expectTypeOf<Sent<Manage.SubscriptionChange>>().toExtend<
      In<typeof subscription.changeSubscription.body>
    >()
    expectTypeOf<Sent<Manage.OverrideInput>>().toExtend<In<typeof override.overrideInput>>()
    expectTypeOf<Sent<Manage.CheckoutInput>>().toExtend<In<typeof checkout.sessionInput>>()
    expectTypeOf<Sent<Manage.PortalInput>>().toExtend<In<typeof portal.createPortalSession.body>>()
    expectTypeOf<Sent<Manage.TokenInput>>().toExtend<In<typeof token.createCustomerToken.body>>()
  })

  it('can be everything that the service reads', () => {
    expectTypeOf<keyof Manage.CustomerFields>().toEqualTypeOf<
      keyof In<typeof customer.customerInput>
    >()
    expectTypeOf<keyof Manage.SubscriptionInput>().toEqualTypeOf<
      keyof In<typeof subscription.subscriptionInput>
    >()
    expectTypeOf<keyof Manage.SubscriptionChange>().toEqualTypeOf<
      keyof In<typeof subscription.changeSubscription.body>
    >()
    expectTypeOf<keyof Manage.Cancellation>().toEqualTypeOf<
      keyof In<typeof subscription.cancelSubscription.body>
    >()
    expectTypeOf<keyof Manage.OverrideInput>().toEqualTypeOf<
      keyof In<typeof override.overrideInput>
    >()
    expectTypeOf<keyof Manage.AllowancePatch>().toEqualTypeOf<
      keyof In<typeof override.overrideInput>['allowance']
    >()
    expectTypeOf<keyof Manage.CheckoutInput>().toEqualTypeOf<
      keyof In<typeof checkout.sessionInput>
    >()
    expectTypeOf<keyof Manage.PortalInput>().toEqualTypeOf<
      keyof In<typeof portal.createPortalSession.body>
    >()
    expectTypeOf<keyof Manage.TokenInput>().toEqualTypeOf<
      keyof In<typeof token.createCustomerToken.body>
    >()
    expectTypeOf<keyof Manage.CustomerQuery>().toEqualTypeOf<Query<typeof customer.listCustomers>>()
    expectTypeOf<keyof Manage.SubscriptionQuery>().toEqualTypeOf<
      Query<typeof subscription.listSubscriptions>
    >()
    expectTypeOf<keyof Manage.CheckoutQuery>().toEqualTypeOf<
      Query<typeof checkout.listCheckoutSessions>
    >()
    expectTypeOf<keyof Omit<Report, 'idempotencyKey'>>().toEqualTypeOf<
      keyof In<typeof usage.reportUsage.body>
    >()
    expectTypeOf<keyof Omit<Use, 'idempotencyKey'>>().toEqualTypeOf<
      keyof In<typeof usage.consume.body>
    >()
  })
})

describe('what the service answers', () => {
  it('is what a caller is promised', () => {
    expectTypeOf<Out<typeof customer.customer>>().toExtend<Manage.Customer>()
    expectTypeOf<Out<typeof subscription.subscription>>().toExtend<Manage.Subscription>()
    expectTypeOf<Out<typeof preview.subscriptionPreview>>().toExtend<Manage.SubscriptionPreview>()
    expectTypeOf<Out<typeof override.override>>().toExtend<Manage.Override>()
    expectTypeOf<Out<typeof checkout.session>>().toExtend<Manage.CheckoutSession>()
    expectTypeOf<Out<typeof portal.createPortalSession.answer>>().toExtend<Manage.PortalSession>()
    expectTypeOf<Out<typeof token.createCustomerToken.answer>>().toExtend<Manage.CustomerToken>()
    expectTypeOf<Out<typeof customer.deleteCustomer.answer>>().toExtend<
      Manage.Customer & Manage.Changed
    >()
    expectTypeOf<Out<typeof access.getAccess.answer>>().toExtend<Calls.AccessAnswer>()
    expectTypeOf<Out<typeof usage.consume.answer>>().toExtend<Calls.ConsumptionAnswer>()
  })

  it('has no field that a caller is not told of', () => {
    expectTypeOf<keyof Manage.Customer>().toEqualTypeOf<keyof Out<typeof customer.customer>>()
    expectTypeOf<keyof Manage.Subscription>().toEqualTypeOf<
      keyof Out<typeof subscription.subscription>
    >()
    expectTypeOf<keyof Manage.SubscriptionPreview>().toEqualTypeOf<
      keyof Out<typeof preview.subscriptionPreview>
    >()
    expectTypeOf<keyof Manage.Override>().toEqualTypeOf<keyof Out<typeof override.override>>()
    expectTypeOf<keyof Manage.CheckoutSession>().toEqualTypeOf<keyof Out<typeof checkout.session>>()
  })
})
