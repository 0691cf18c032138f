/** A page of an application that shows what its customer has. The same on the server and in a browser. */
import { type ReactNode, StrictMode } from 'react'
import type { Client, Held, Source } from '../../sdk/contract.ts'
import { createSluiceReact } from '../../sdk/react.tsx'

type FeatureId = 'sso' | 'api-calls'

const { SluiceProvider, useEntitlement, useEntitlements, useConsume, Gate, useSluice } =
  createSluiceReact<FeatureId>()

/** What the server puts into the page for its script. */
export interface PageData {
  /** Where Sluice is: at an origin of its own. */
  readonly url: string
  readonly customerId: string
  readonly initial: Held | null
  readonly isLive: boolean
}

export function Page(props: {
  readonly client: Client<FeatureId>
  readonly customerId: string
  readonly initial: Held | null
  readonly live?: Source
}): ReactNode {
  return (
    <StrictMode>
      <SluiceProvider {...props} refresh={{ onFocus: true }}>
        <Gate
          feature="sso"
          loading={<p id="sso">wait</p>}
          fallback={({ reason }) => <p id="sso">{reason}</p>}
        >
          <p id="sso">welcome</p>
        </Gate>
        <Calls />
        <All />
      </SluiceProvider>
    </StrictMode>
  )
}

function Calls(): ReactNode {
  const { entitlement, isPending } = useEntitlement('api-calls')
  const { consume, isPending: isConsuming } = useConsume('api-calls')
  const { refresh } = useSluice()
  return (
    <>
      <output id="calls">{isPending ? 'wait' : entitlement?.used}</output>
      <Gate feature="api-calls" quantity={10} fallback={<p id="ten">too few</p>}>
        <p id="ten">ten more</p>
      </Gate>
      <button id="use" disabled={isConsuming} onClick={() => void consume(5)}>
        Use five
      </button>
      <button id="refresh" onClick={() => void refresh()}>
        Look again
      </button>
    </>
  )
}

function All(): ReactNode {
  const { entitlements, error } = useEntitlements()
  return (
    <ul id="all" data-error={error?.name}>
      {entitlements.map(({ featureId, reason }) => (
        <li key={featureId}>
          {featureId}: {reason}
        </li>
      ))}
    </ul>
  )
}
