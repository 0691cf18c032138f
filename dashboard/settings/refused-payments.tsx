import { Link } from '@tanstack/react-router'
import type { PaymentStatus } from '../api/settings.ts'
import { When } from '../parts/when.tsx'

/** Payments that came to nothing: somebody has to give money back, or put right what was in the way. */
export function RefusedPayments({ payments }: { readonly payments: PaymentStatus }) {
  const { refusedCheckouts, refusedEvents } = payments
  return (
    <section aria-labelledby="refused" className="mt-6">
      <h2 id="refused" className="mb-2 text-lg font-semibold">
        Paid or told in vain
      </h2>
      {refusedCheckouts.length + refusedEvents.length === 0 ? (
        <p className="text-kumo-subtle">Nothing: all that was paid was had.</p>
      ) : null}
      <ul className="flex flex-col gap-3">
        {refusedCheckouts.map(({ sessionId, customerId, planId, because, createdAt }) => (
          <li key={sessionId} className="break-words">
            Checkout <code className="break-all">{sessionId}</code> of plan {planId} was paid and
            has bought nothing: <code>{because}</code>
            <Whose customerId={customerId} at={createdAt} />
          </li>
        ))}
        {refusedEvents.map(({ provider, id, kind, customerId, at }) => (
          <li key={`${provider} ${id}`} className="break-words">
            <code>{kind}</code> from {provider} (
            <code className="break-all">
              <bdi>{id}</bdi>
            </code>
            ) was refused: the subscription does not allow it
            <Whose customerId={customerId} at={at} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function Whose(props: { readonly customerId: string | null; readonly at: string }) {
  const { customerId, at } = props
  return (
    <div className="text-sm text-kumo-subtle">
      {customerId === null ? null : (
        <>
          <Link
            to="/customers/$customerId"
            params={{ customerId }}
            className="text-kumo-link underline"
          >
            <bdi>{customerId}</bdi>
          </Link>
          ,{' '}
        </>
      )}
      <When at={at} />
    </div>
  )
}
