import { Button } from '@cloudflare/kumo/components/button'
import { Table } from '@cloudflare/kumo/components/table'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { ledgerQuery, type LedgerEntry, type Metered, usageQuery } from '../api/entitlements.ts'
import { Broken } from '../parts/broken.tsx'
import { saveCsv } from '../parts/csv.ts'
import { Shown } from '../parts/shown.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { exact } from '../parts/when.tsx'
import { counted, worded } from '../parts/words.ts'
import type { AboutFeature } from './feature-dialogs.tsx'

const UsageChart = lazy(async () => ({ default: (await import('./usage-chart.tsx')).UsageChart }))

/** What became of one meter: by day, and row by row. */
export function UsageDialog({ of, row, onClose }: AboutFeature) {
  return (
    <Shown title={`Usage of ${row.name}`} size="xl" onClose={onClose}>
      <Days of={of} />
      <Ledger of={of} />
    </Shown>
  )
}

function Days({ of }: { readonly of: Metered }) {
  const usage = useQuery(usageQuery(of))
  if (usage.isPending) return <Waiting lines={4} />
  if (usage.isError) return <Broken error={usage.error} reset={() => void usage.refetch()} />
  const days = usage.data.data
  if (days.length === 0) return <p>Nothing was used yet.</p>
  const save = () =>
    saveCsv(`${of.customerId}-${of.featureId}-usage`, [
      DAY_COLUMNS,
      ...days.map((day) => DAY_COLUMNS.map((column) => day[column])),
    ])
  return (
    <div>
      <div className="mb-2 flex items-center justify-between gap-3">
        <h3 className="font-semibold">By day</h3>
        <Button size="sm" onClick={save}>
          Save as CSV
        </Button>
      </div>
      <Suspense fallback={<Waiting lines={4} />}>
        <UsageChart days={days} />
      </Suspense>
    </div>
  )
}

const DAY_COLUMNS = [
  'startAt',
  'consumed',
  'reported',
  'givenBack',
  'set',
  'reset',
  'closed',
  'closingUsed',
] as const

/** The newest rows, and the ones before them on demand. */
function Ledger({ of }: { readonly of: Metered }) {
  const [cursor, setCursor] = useState<string | undefined>()
  const ledger = useQuery(ledgerQuery(of, cursor))
  if (ledger.isPending) return <Waiting lines={4} />
  if (ledger.isError) return <Broken error={ledger.error} reset={() => void ledger.refetch()} />
  const { data, nextCursor } = ledger.data
  return (
    <div>
      <h3 className="mb-2 font-semibold">Ledger</h3>
      {data.length === 0 ? <p>No entry.</p> : <Entries entries={data} />}
      <div className="mt-2 flex gap-2">
        {cursor === undefined ? null : (
          <Button size="sm" onClick={() => setCursor(undefined)}>
            Newest
          </Button>
        )}
        {nextCursor === null ? null : (
          <Button size="sm" onClick={() => setCursor(nextCursor)}>
            Earlier
          </Button>
        )}
      </div>
    </div>
  )
}

function Entries({ entries }: { readonly entries: readonly LedgerEntry[] }) {
  return (
    <div
      className="max-h-72 overflow-auto"
      role="region"
      aria-label="Entries of the ledger"
      // Whoever has no mouse scrolls it with the keys.
      tabIndex={0}
    >
      <Table aria-label="Ledger">
        <Table.Header>
          <Table.Row>
            <Table.Head>Day</Table.Head>
            <Table.Head>What</Table.Head>
            <Table.Head>Units</Table.Head>
            <Table.Head>Changes</Table.Head>
            <Table.Head>Last, and by whom</Table.Head>
          </Table.Row>
        </Table.Header>
        <Table.Body>
          {entries.map(({ day, lotId, kind, quantity, count, lastAt, lastActor }) => (
            <Table.Row key={`${day} ${lotId} ${kind}`}>
              <Table.Cell>{day ?? 'earlier'}</Table.Cell>
              <Table.Cell>{worded(kind)}</Table.Cell>
              <Table.Cell className="tabular-nums">{counted(quantity)}</Table.Cell>
              <Table.Cell className="tabular-nums">{counted(count)}</Table.Cell>
              <Table.Cell className="min-w-52 break-words">
                {exact(lastAt)}
                <div className="text-sm break-all text-kumo-subtle">{lastActor}</div>
              </Table.Cell>
            </Table.Row>
          ))}
        </Table.Body>
      </Table>
    </div>
  )
}
