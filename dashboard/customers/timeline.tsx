import { Badge } from '@cloudflare/kumo/components/badge'
import { Button } from '@cloudflare/kumo/components/button'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { Page } from '../api/customers.ts'
import { readOlder, TOLD_MAX, toldQuery } from '../api/timeline.ts'
import { Broken } from '../parts/broken.tsx'
import { Choice } from '../parts/choice.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { When } from '../parts/when.tsx'
import { type Happening, merged, type Told } from './happening.ts'
import { isOf, isTopic, type Topic, TOPICS } from './topic.ts'

const FROM = '/customers/$customerId'

/** Everything that happened to one customer, and who did it, the newest first. */
export function Timeline({ customerId }: { readonly customerId: string }) {
  const { show } = useSearch({ from: FROM })
  const queries = useQueryClient()
  const events = useQuery(toldQuery(customerId, 'events'))
  const changes = useQuery(toldQuery(customerId, 'audit'))
  const older = useMutation({ mutationFn: () => readOlder(queries, customerId) })
  if (events.data === undefined || changes.data === undefined) {
    const broken = [events, changes].find(({ isError }) => isError)
    return broken === undefined ? (
      <Waiting />
    ) : (
      <Broken error={broken.error} reset={() => void broken.refetch()} />
    )
  }
  const lists = [events.data, changes.data]
  const told = merged(toldOf(events.data), toldOf(changes.data))
  const hasMore = lists.some(({ nextCursor }) => nextCursor !== null)
  const isFull = lists.some(({ data }) => data.length >= TOLD_MAX)
  return (
    <>
      <Filter />
      <Happenings told={told} topic={isTopic(show) ? show : undefined} isAll={!hasMore} />
      {hasMore && isFull ? (
        <p className="mt-3 text-sm text-kumo-subtle">
          What is older is in the log of changes, and in <code>GET /v1/events</code>.
        </p>
      ) : null}
      {hasMore && !isFull ? (
        <Button className="mt-3" loading={older.isPending} onClick={() => older.mutate()}>
          Older
        </Button>
      ) : null}
      {older.isError ? (
        <p role="alert" className="mt-2 text-sm text-kumo-danger">
          {older.error.message}
        </p>
      ) : null}
    </>
  )
}

function toldOf<T>({ data, nextCursor }: Page<T>): Told<T> {
  return { data, hasMore: nextCursor !== null }
}

/** What to show; the address holds it. */
function Filter() {
  const search = useSearch({ from: FROM })
  const navigate = useNavigate({ from: FROM })
  const show = search.show
  return (
    <search className="mb-4 max-w-sm">
      <Choice
        label="Show"
        none="everything"
        value={isTopic(show) ? show : undefined}
        options={Object.entries(TOPICS)}
        onChoose={(chosen) => void navigate({ search: { ...search, show: chosen }, replace: true })}
      />
    </search>
  )
}

/** Of what was read, what belongs to the topic; what was not read yet may hold more of it. */
function Happenings(props: {
  readonly told: readonly Happening[]
  readonly topic: Topic | undefined
  readonly isAll: boolean
}) {
  const { told, topic, isAll } = props
  const shown = topic === undefined ? told : told.filter((each) => isOf(topic, each))
  const among = isAll ? 'everything that happened' : `the newest ${told.length} entries`
  return (
    <>
      {shown.length === 0 ? null : (
        <ol aria-label="What happened, the newest first" className="flex flex-col">
          {shown.map((each) => (
            <Entry key={each.id} happening={each} />
          ))}
        </ol>
      )}
      <p role="status" className="mt-3 text-sm text-kumo-subtle">
        {told.length === 0
          ? 'Nothing has happened yet.'
          : topic === undefined
            ? null
            : `${shown.length === 0 ? 'None' : shown.length} among ${among}.`}
      </p>
    </>
  )
}

function Entry({ happening }: { readonly happening: Happening }) {
  const { at, kind, sentence, raw } = happening
  return (
    <li className="grid gap-x-4 gap-y-1 border-b border-kumo-line py-3 sm:grid-cols-[18rem_5rem_1fr]">
      <span className="text-sm">
        <When at={at} />
      </span>
      <span>
        <Badge variant={kind === 'event' ? 'info' : 'outline'}>{kind}</Badge>
      </span>
      <details className="min-w-0">
        <summary className="cursor-pointer break-words">{sentence}</summary>
        <pre className="mt-2 max-h-64 overflow-auto text-xs" tabIndex={0}>
          {JSON.stringify(raw, null, 2)}
        </pre>
      </details>
    </li>
  )
}
