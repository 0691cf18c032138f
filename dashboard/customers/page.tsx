import { Tabs } from '@cloudflare/kumo/components/tabs'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { type ComponentType, lazy, Suspense } from 'react'
import { customerQuery } from '../api/customers.ts'
import { useLive } from '../api/live.ts'
import { Broken } from '../parts/broken.tsx'
import { OwnClock } from '../parts/clock.ts'
import { PageHead } from '../parts/page-head.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { CustomerHead } from './head.tsx'
import type { SectionProps } from './section.ts'

const FROM = '/customers/$customerId'

/** What is below the head, as a customer's address names it. Each is loaded when it is looked at. */
const SECTIONS: Readonly<Record<string, Section>> = {
  features: {
    label: 'Features',
    Content: lazy(async () => ({ default: (await import('./features.tsx')).Features })),
  },
  subscriptions: {
    label: 'Subscriptions',
    Content: lazy(async () => ({ default: (await import('./subscriptions.tsx')).Subscriptions })),
  },
  timeline: {
    label: 'Timeline',
    Content: lazy(async () => ({ default: (await import('./timeline.tsx')).Timeline })),
  },
  explain: {
    label: 'Explain',
    Content: lazy(async () => ({ default: (await import('./explain.tsx')).Explain })),
  },
}

interface Section {
  readonly label: string
  readonly Content: ComponentType<SectionProps>
}

/** One customer: who it is, what it has, and why. */
export function CustomerPage() {
  const { customerId } = useParams({ from: FROM })
  const { tab } = useSearch({ from: FROM })
  const navigate = useNavigate({ from: FROM })
  const customer = useQuery(customerQuery(customerId))
  const isLive = useLive(customerId, customer.data?.archivedAt != null)
  if (customer.isPending) return <Waiting />
  if (customer.data === undefined) {
    return (
      <>
        <PageHead title={customerId} />
        <Broken error={customer.error} reset={() => void customer.refetch()} />
      </>
    )
  }
  const { clockAt } = customer.data
  const section = tab !== undefined && tab in SECTIONS ? tab : 'features'
  const Content = SECTIONS[section]?.Content
  return (
    <>
      <CustomerHead customer={customer.data} />
      <Tabs
        variant="underline"
        className="mb-4 max-w-full overflow-x-auto"
        value={section}
        onValueChange={(chosen) => void navigate({ search: { tab: chosen } })}
        tabs={Object.entries(SECTIONS).map(([value, { label }]) => ({ value, label }))}
      />
      <section aria-label={SECTIONS[section]?.label}>
        <Suspense fallback={<Waiting />}>
          <OwnClock value={clockAt === undefined ? null : Date.parse(clockAt)}>
            {Content === undefined ? null : (
              <Content key={customerId} customerId={customerId} isLive={isLive} />
            )}
          </OwnClock>
        </Suspense>
      </section>
    </>
  )
}
