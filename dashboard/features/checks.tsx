import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { checksQuery } from '../api/statistics.ts'
import { Broken } from '../parts/broken.tsx'
import { useNow } from '../parts/clock.ts'
import { Waiting } from '../parts/waiting.tsx'

const ChecksChart = lazy(async () => ({
  default: (await import('../parts/checks-chart.tsx')).ChecksChart,
}))

const RANGE = '30d'

/** How often a feature was asked about lately, and how often it was denied. */
export function Checks({ featureId }: { readonly featureId: string }) {
  const now = useNow()
  const checks = useQuery(checksQuery(RANGE, now, featureId))
  if (checks.isError) return <Broken error={checks.error} reset={() => void checks.refetch()} />
  if (checks.isPending) return <Waiting lines={4} />
  const rows = checks.data.data
  if (rows.length === 0) return <p>Nobody has asked for it in the last 30 days.</p>
  return (
    <Suspense fallback={<Waiting lines={4} />}>
      <ChecksChart range={RANGE} now={now} rows={rows} />
    </Suspense>
  )
}
