import { Badge } from '@cloudflare/kumo/components/badge'
import { ClipboardText } from '@cloudflare/kumo/components/clipboard-text'
import { LayerCard } from '@cloudflare/kumo/components/layer-card'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { type PaymentProviderStatus, paymentsQuery } from '../api/settings.ts'
import { Unread } from '../parts/unread.tsx'
import { When } from '../parts/when.tsx'
import { worded } from '../parts/words.ts'
import { RefusedPayments } from './refused-payments.tsx'

/** Who takes payments, whether they are set up, and what they have told. */
export function Payments() {
  const payments = useQuery(paymentsQuery)
  if (payments.data === undefined) return <Unread query={payments} />
  const { checkout, providers } = payments.data
  return (
    <>
      <p className="mb-3 max-w-2xl">
        {checkout === null
          ? 'Nobody takes payments here: checkout sells only what costs nothing.'
          : `Checkout is paid through ${checkout === 'stripe' ? 'Stripe' : 'a page that pretends'}.`}{' '}
        Secrets are set with <code>wrangler secret put</code>, and shown nowhere.
      </p>
      <div className="grid items-start gap-4 *:min-w-0 lg:grid-cols-2">
        {providers.map((provider) => (
          <Provider key={provider.name} provider={provider} />
        ))}
      </div>
      <RefusedPayments payments={payments.data} />
    </>
  )
}

const TITLES = {
  sandbox: 'Sandbox',
  stripe: 'Stripe',
  generic: 'Any other biller',
} as const satisfies Record<PaymentProviderStatus['name'], string>

function Provider({ provider }: { readonly provider: PaymentProviderStatus }) {
  const { name, configured, missing, mode, webhookUrl, lastHeard, owed } = provider
  return (
    <LayerCard className="p-4">
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <h2 className="text-lg font-semibold">{TITLES[name]}</h2>
        <Badge variant={configured ? 'success' : 'neutral'}>{configured ? 'on' : 'off'}</Badge>
        {mode === null ? null : (
          <Badge variant="outline">{mode === 'live' ? 'live key: real money' : 'test key'}</Badge>
        )}
      </div>
      <dl className="flex flex-col gap-3">
        {missing.length === 0 ? null : (
          <Fact name="Still to be set">
            {missing.map((each) => (
              <code key={each} className="mr-2 break-all">
                {each}
              </code>
            ))}
          </Fact>
        )}
        {webhookUrl === null ? null : (
          <Fact name="Where it sends its events">
            <ClipboardText text={webhookUrl} />
          </Fact>
        )}
        <Fact name="Last heard">
          {lastHeard === null ? (
            'nothing in ninety days'
          ) : (
            <>
              <code>{lastHeard.kind}</code>, {worded(lastHeard.outcome)}, <When at={lastHeard.at} />
            </>
          )}
        </Fact>
        {owed.oldestAt === null ? null : (
          <Fact name="Waits to be compared">
            {owed.count === 1 ? '1 subscription' : `${owed.count} subscriptions`}, since{' '}
            <When at={owed.oldestAt} />
          </Fact>
        )}
      </dl>
    </LayerCard>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt className="text-sm text-kumo-subtle">{name}</dt>
      <dd className="m-0 max-w-full overflow-x-auto p-px">{children}</dd>
    </div>
  )
}
