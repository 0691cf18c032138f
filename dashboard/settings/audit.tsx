import { LayerCard } from '@cloudflare/kumo/components/layer-card'
import { Table } from '@cloudflare/kumo/components/table'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { type AuditEntry, type AuditFilter, auditQuery } from '../api/settings.ts'
import { useEndedCursor } from '../parts/cursor.ts'
import { SearchField } from '../parts/search-field.tsx'
import { Turning } from '../parts/turning.tsx'
import { Unread } from '../parts/unread.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { When } from '../parts/when.tsx'
import { whoText } from '../parts/who.ts'

const FROM = '/settings/$section'

/** Who changed what, and what it was before. */
export function Audit() {
  const filter: AuditFilter = useSearch({ from: FROM })
  const navigate = useNavigate({ from: FROM })
  const narrow = (change: AuditFilter) =>
    void navigate({
      search: (before) => ({ ...before, cursor: undefined, ...change }),
      replace: true,
    })
  const entries = useQuery(auditQuery(filter))
  const isEnded = useEndedCursor(entries.error, () => narrow({}))
  return (
    <>
      <search className="mb-4 flex flex-wrap gap-3">
        <SearchField
          label="Who"
          placeholder="ann@example.com, key_… or provider:stripe"
          value={filter.actor}
          onSearch={(actor) => narrow({ actor })}
        />
        <SearchField
          label="What"
          placeholder="plans/pro"
          value={filter.resource}
          onSearch={(resource) => narrow({ resource })}
        />
      </search>
      {entries.data === undefined ? (
        isEnded ? (
          <Waiting />
        ) : (
          <Unread query={entries} />
        )
      ) : (
        <>
          <Entries entries={entries.data.data} filter={filter} />
          <Turning
            cursor={filter.cursor}
            nextCursor={entries.data.nextCursor}
            of="changes"
            onTurn={(cursor) => void navigate({ search: { ...filter, cursor } })}
          />
        </>
      )}
    </>
  )
}

/** Whoever it was leads to all that they did. */
function Entries(props: { readonly entries: readonly AuditEntry[]; readonly filter: AuditFilter }) {
  const { entries, filter } = props
  if (entries.length === 0) return <p>Nothing fits.</p>
  return (
    <LayerCard className="overflow-x-auto p-0">
      <Table>
        <Table.Header>
          <Table.Row>
            <Table.Head>When</Table.Head>
            <Table.Head>Who</Table.Head>
            <Table.Head>Did what</Table.Head>
            <Table.Head>To what</Table.Head>
          </Table.Row>
        </Table.Header>
        <Table.Body>
          {entries.map(({ id, at, actor, action, resource, before, after }) => (
            <Table.Row key={id}>
              <Table.Cell>
                <When at={at} />
              </Table.Cell>
              <Table.Cell className="min-w-40 break-all">
                <Link
                  from={FROM}
                  search={{ ...filter, cursor: undefined, actor: `${actor.kind}:${actor.id}` }}
                  title={actor.id}
                  className="text-kumo-link underline"
                >
                  <bdi>{whoText(actor)}</bdi>
                </Link>
              </Table.Cell>
              <Table.Cell>{action}</Table.Cell>
              <Table.Cell className="max-w-96 min-w-48 break-all">
                <details>
                  <summary>{resource}</summary>
                  <pre className="max-h-64 overflow-auto text-xs" tabIndex={0}>
                    {JSON.stringify({ before, after }, null, 2)}
                  </pre>
                </details>
              </Table.Cell>
            </Table.Row>
          ))}
        </Table.Body>
      </Table>
    </LayerCard>
  )
}
