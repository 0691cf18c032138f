import { Button } from '@cloudflare/kumo/components/button'
import { LayerCard } from '@cloudflare/kumo/components/layer-card'
import { Table } from '@cloudflare/kumo/components/table'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { catalogueQuery } from '../api/catalogue.ts'
import { customerQuery } from '../api/customers.ts'
import { entitlementsQuery, overridesQuery } from '../api/entitlements.ts'
import { Broken } from '../parts/broken.tsx'
import { Choice } from '../parts/choice.tsx'
import { saveCsv } from '../parts/csv.ts'
import { FirstSteps } from '../parts/first-steps.tsx'
import { useIsNarrow } from '../parts/narrow.ts'
import { SearchField } from '../parts/search-field.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { FeatureDialogs, type Open } from './feature-dialogs.tsx'
import { FeatureRow, type Row } from './feature-row.tsx'
import type { SectionProps } from './section.ts'
import { COLUMNS, isIn, isState, rowOf, STATES } from './state.ts'

const FROM = '/customers/$customerId'
/** How many rows are drawn at first, and with each press of the button below them. */
const ROWS = 50
/** How often to ask where no socket tells. */
const POLL_MS = 5_000

/** Every feature as it stands for one customer, now. */
export function Features({ customerId, isLive }: SectionProps) {
  const { data: customer } = useQuery(customerQuery(customerId))
  const isArchived = customer?.archivedAt != null
  const entitlements = useQuery({
    ...entitlementsQuery(customerId),
    refetchInterval: isLive || isArchived ? false : POLL_MS,
  })
  const rows = useRows(customerId)
  const [open, setOpen] = useState<Open | null>(null)
  if (entitlements.isError && entitlements.data === undefined) {
    return <Broken error={entitlements.error} reset={() => void entitlements.refetch()} />
  }
  if (entitlements.isPending) return <Waiting />
  if (entitlements.data.data.length === 0) return <NoFeatures />
  return (
    <>
      <Filters
        customerId={customerId}
        rows={rows}
        news={isArchived ? 'archived' : isLive ? 'live' : 'asking every few seconds'}
      />
      <Rows rows={rows} onOpen={setOpen} />
      <FeatureDialogs customerId={customerId} open={open} onClose={() => setOpen(null)} />
    </>
  )
}

/** What the filters in the address leave, by id. */
function useRows(customerId: string): readonly Row[] {
  const { q = '', state } = useSearch({ from: FROM })
  const { data: held } = useQuery(entitlementsQuery(customerId))
  const { data: overrides } = useQuery(overridesQuery(customerId))
  const { data: catalogue } = useQuery(catalogueQuery)
  const names = new Map(catalogue?.features.map(({ id, name }) => [id, name]))
  const sought = q.toLowerCase()
  return (held?.data ?? [])
    .map((entitlement) => ({
      entitlement,
      name: names.get(entitlement.featureId) ?? entitlement.featureId,
      override: overrides?.find(({ featureId }) => featureId === entitlement.featureId),
    }))
    .filter(({ entitlement, name }) => {
      const isFound = `${entitlement.featureId} ${name}`.toLowerCase().includes(sought)
      return isFound && (!isState(state) || isIn(state, entitlement))
    })
}

function Filters(props: {
  readonly customerId: string
  readonly rows: readonly Row[]
  /** How the page hears of changes, in a few words. */
  readonly news: string
}) {
  const { customerId, rows, news } = props
  const search = useSearch({ from: FROM })
  const navigate = useNavigate({ from: FROM })
  const narrow = (change: Readonly<Record<string, string | undefined>>) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true })
  const save = () =>
    saveCsv(`${customerId}-features`, [
      COLUMNS,
      ...rows.map(({ entitlement, name }) => rowOf(entitlement, name)),
    ])
  return (
    <search className="mb-4 flex flex-wrap items-end gap-3">
      <SearchField
        label="Feature"
        placeholder="id or name"
        value={search.q}
        onSearch={(q) => narrow({ q })}
      />
      <Choice
        label="State"
        none="any"
        value={isState(search.state) ? search.state : undefined}
        options={Object.entries(STATES)}
        onChoose={(state) => narrow({ state })}
      />
      <Button onClick={save} disabled={rows.length === 0}>
        Save as CSV
      </Button>
      <span role="status" className="ml-auto self-center text-sm text-kumo-subtle">
        {rows.length} {rows.length === 1 ? 'feature' : 'features'} · {news}
      </span>
    </search>
  )
}

function Rows(props: { readonly rows: readonly Row[]; readonly onOpen: (open: Open) => void }) {
  const [shown, setShown] = useState(ROWS)
  const isNarrow = useIsNarrow()
  const { rows, onOpen } = props
  if (rows.length === 0) return <p>No feature fits these filters.</p>
  return (
    <>
      <LayerCard className="overflow-x-auto p-0">
        <Table aria-label="Features of this customer">
          <Table.Header>
            <Table.Row>
              <Table.Head>Feature</Table.Head>
              <Table.Head>Access</Table.Head>
              {isNarrow ? null : (
                <>
                  <Table.Head>Value or usage</Table.Head>
                  <Table.Head>Resets</Table.Head>
                  <Table.Head>From</Table.Head>
                </>
              )}
              <Table.Head sticky="right">
                <span className="sr-only">Actions</span>
              </Table.Head>
            </Table.Row>
          </Table.Header>
          <Table.Body>
            {rows.slice(0, shown).map((row) => (
              <FeatureRow
                key={row.entitlement.featureId}
                row={row}
                isNarrow={isNarrow}
                onAsk={(asked) => onOpen({ asked, row })}
              />
            ))}
          </Table.Body>
        </Table>
      </LayerCard>
      {shown >= rows.length ? null : (
        <Button className="mt-3" onClick={() => setShown(shown + ROWS)}>
          Show {Math.min(ROWS, rows.length - shown)} more
        </Button>
      )}
    </>
  )
}

function NoFeatures() {
  return (
    <FirstSteps
      title="No features yet"
      description="A feature is what an application asks about."
      command={`curl -X PUT ${location.origin}/v1/features/sso -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -d '{"type":"boolean","name":"Single sign-on"}'`}
    />
  )
}
