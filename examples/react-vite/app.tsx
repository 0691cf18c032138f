import type { ReactNode } from 'react'
import {
  client,
  Gate,
  source,
  SluiceProvider,
  useConsume,
  useEntitlement,
  useEntitlements,
} from './sluice.ts'

export function App({ customerId }: { readonly customerId: string }): ReactNode {
  return (
    <SluiceProvider client={client} customerId={customerId} live={source}>
      <h1>{customerId}</h1>
      <Gate
        feature="sso"
        loading={<p id="sso">One moment …</p>}
        fallback={({ entitlement }) => <p id="sso">No single sign-on. {entitlement?.hint}</p>}
      >
        <p id="sso">Single sign-on is yours.</p>
      </Gate>
      <Calls />
      <Everything />
    </SluiceProvider>
  )
}

/** A meter: what is left, and a way to use it. What is shown follows from the answer. */
function Calls(): ReactNode {
  const { hasAccess, isPending, entitlement } = useEntitlement('api-calls')
  const calls = useConsume('api-calls')
  if (isPending) return <p id="calls">One moment …</p>
  return (
    <p>
      <span id="calls">{String(entitlement?.balance)} calls left</span>{' '}
      <button disabled={!hasAccess || calls.isPending} onClick={() => void use()}>
        Use one
      </button>
      {calls.error && <span role="alert">{calls.error.message}</span>}
    </p>
  )

  /** A failure is shown by `calls.error`. */
  async function use(): Promise<void> {
    await calls.consume().catch(() => undefined)
  }
}

function Everything(): ReactNode {
  const { entitlements } = useEntitlements()
  return (
    <table>
      <tbody>
        {entitlements.map(({ featureId, hasAccess, reason }) => (
          <tr key={featureId}>
            <th>{featureId}</th>
            <td>{hasAccess ? 'yes' : 'no'}</td>
            <td>{reason}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
