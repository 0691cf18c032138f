import { LayerCard } from '@cloudflare/kumo/components/layer-card'
import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import type { StatisticsRow } from '../../schema/wire/statistics.ts'
import { checksQuery, type RangeName, RANGES } from '../api/statistics.ts'
import { Broken } from '../parts/broken.tsx'
import { useNow } from '../parts/clock.ts'
import { FirstSteps } from '../parts/first-steps.tsx'
import { share } from '../parts/share.ts'
import { Waiting } from '../parts/waiting.tsx'
import { counted } from '../parts/words.ts'
import { Denied } from './denied.tsx'

const ChecksChart = lazy(async () => ({
  default: (await import('../parts/checks-chart.tsx')).ChecksChart,
}))

const NAMES = ['24h', '7d', '30d'] as const satisfies readonly RangeName[]

/** How often the service is asked, how often it says no, and to what: what people want and do not have. */
export function Statistics() {
  const search = useSearch({ from: '/' })
  const range = NAMES.find((each) => each === search.range) ?? '24h'
  return (
    <LayerCard className="mb-4 p-4">
      <div className="mb-3 flex flex-wrap items-baseline justify-between gap-3">
        <h2 className="text-lg font-semibold">Checks</h2>
        <Ranges chosen={range} />
      </div>
      <Checks range={range} />
    </LayerCard>
  )
}

function Ranges({ chosen }: { readonly chosen: RangeName }) {
  return (
    <nav aria-label="How far back" className="flex gap-4">
      {NAMES.map((each) => (
        <Link
          key={each}
          to="/"
          search={{ range: each }}
          replace
          aria-current={each === chosen ? 'page' : undefined}
          className={each === chosen ? 'font-semibold' : 'text-kumo-link underline'}
        >
          {RANGES[each].name}
        </Link>
      ))}
    </nav>
  )
}

function Checks({ range }: { readonly range: RangeName }) {
  const now = useNow()
  const checks = useQuery(checksQuery(range, now))
  if (checks.isError) return <Broken error={checks.error} reset={() => void checks.refetch()} />
  if (checks.isPending) return <Waiting />
  const rows = checks.data.data
  if (rows.length === 0) return <Nothing range={range} />
  return (
    <div className="grid gap-6 lg:grid-cols-[3fr_2fr]">
      <div className="min-w-0">
        <p className="mb-2">
          {inWords(rows)}{' '}
          <span className="text-kumo-subtle">The last {RANGES[range].interval} is not over.</span>
        </p>
        <Suspense fallback={<Waiting />}>
          <ChecksChart range={range} now={now} rows={rows} />
        </Suspense>
      </div>
      <Denied range={range} now={now} />
    </div>
  )
}

function Nothing({ range }: { readonly range: RangeName }) {
  return (
    <FirstSteps
      title={`Nobody has asked in the last ${RANGES[range].name}`}
      description="Your application asks before it lets a customer use a feature."
      command={`curl "${location.origin}/v1/access?customerId=acme&featureId=sso" -H "Authorization: Bearer $KEY"`}
    />
  )
}

function inWords(rows: readonly StatisticsRow[]): string {
  const sum = (of: 'granted' | 'denied') => rows.reduce((all, row) => all + row[of], 0)
  const granted = sum('granted')
  const denied = sum('denied')
  return `About ${counted(granted + denied)} checks, ${counted(denied)} of them denied (${share({ granted, denied })}).`
}
