import { Button } from '@cloudflare/kumo/components/button'
import { Table } from '@cloudflare/kumo/components/table'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { StatisticsRow } from '../../schema/wire/statistics.ts'
import { catalogueQuery } from '../api/catalogue.ts'
import { featureChecksQuery, type RangeName } from '../api/statistics.ts'
import { Broken } from '../parts/broken.tsx'
import { saveCsv } from '../parts/csv.ts'
import { share } from '../parts/share.ts'
import { Waiting } from '../parts/waiting.tsx'
import { counted } from '../parts/words.ts'

const ROWS_MAX = 8

/** The features that are denied most: whoever asked for them might pay for them. */
export function Denied({ range, now }: { readonly range: RangeName; readonly now: number }) {
  const features = useQuery(featureChecksQuery(range, now))
  if (features.isError) {
    return <Broken error={features.error} reset={() => void features.refetch()} />
  }
  if (features.isPending) return <Waiting lines={4} />
  const rows = features.data.data.toSorted((a, b) => b.denied - a.denied)
  const denied = rows.filter((row) => row.denied > 0)
  const save = () =>
    saveCsv(`checks-${range}`, [COLUMNS, ...rows.map((row) => COLUMNS.map((each) => row[each]))])
  return (
    <div className="min-w-0">
      <div className="mb-2 flex flex-wrap items-baseline justify-between gap-3">
        <h3 className="font-semibold">Denied most</h3>
        <Button size="sm" onClick={save}>
          Save as CSV
        </Button>
      </div>
      {denied.length === 0 ? (
        <p className="text-kumo-subtle">Whoever asked for something had it.</p>
      ) : (
        <Rows rows={denied.slice(0, ROWS_MAX)} />
      )}
    </div>
  )
}

const COLUMNS = ['featureId', 'granted', 'denied'] as const

function Rows({ rows }: { readonly rows: readonly StatisticsRow[] }) {
  const { data: catalogue } = useQuery(catalogueQuery)
  const names = new Map(catalogue?.features.map(({ id, name }) => [id, name]))
  return (
    <Table aria-label="Denied most">
      <Table.Header>
        <Table.Row>
          <Table.Head>Feature</Table.Head>
          <Table.Head>Denied</Table.Head>
          <Table.Head>Of its checks</Table.Head>
        </Table.Row>
      </Table.Header>
      <Table.Body>
        {rows.map(({ featureId = '', granted, denied }) => (
          <Table.Row key={featureId}>
            <Table.Cell className="break-words">
              <Link
                to="/features/$featureId"
                params={{ featureId }}
                className="text-kumo-link underline"
              >
                <bdi>{names.get(featureId) ?? featureId}</bdi>
              </Link>
            </Table.Cell>
            <Table.Cell className="tabular-nums">{counted(denied)}</Table.Cell>
            <Table.Cell className="tabular-nums">{share({ granted, denied })}</Table.Cell>
          </Table.Row>
        ))}
      </Table.Body>
    </Table>
  )
}
