import { Badge } from '@cloudflare/kumo/components/badge'
import { Button } from '@cloudflare/kumo/components/button'
import { useInfiniteQuery } from '@tanstack/react-query'
import { changesQuery, eventsQuery } from '../api/timeline.ts'
import { Broken } from '../parts/broken.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { When } from '../parts/when.tsx'
import { type Happening, merged } from './happening.ts'

/** Everything that happened to one customer, and who did it, the newest first. */
export function Timeline({ customerId }: { readonly customerId: string }) {
  const events = useInfiniteQuery(eventsQuery(customerId))
  const changes = useInfiniteQuery(changesQuery(customerId))
  const lists = [events, changes]
  const broken = lists.find(({ isError }) => isError)
  if (broken?.error != null) {
    return <Broken error={broken.error} reset={() => void broken.refetch()} />
  }
  if (events.data === undefined || changes.data === undefined) return <Waiting />
  const happenings = merged(
    { data: events.data.pages.flatMap(({ data }) => data), hasMore: events.hasNextPage },
    { data: changes.data.pages.flatMap(({ data }) => data), hasMore: changes.hasNextPage },
  )
  const older = () => {
    for (const list of lists) if (list.hasNextPage) void list.fetchNextPage()
  }
  return (
    <>
      {happenings.length === 0 ? (
        <p>Nothing has happened yet.</p>
      ) : (
        <ol aria-label="What happened, the newest first" className="flex flex-col">
          {happenings.map((each) => (
            <Entry key={each.id} happening={each} />
          ))}
        </ol>
      )}
      {lists.some(({ hasNextPage }) => hasNextPage) ? (
        <Button
          className="mt-3"
          loading={lists.some(({ isFetchingNextPage }) => isFetchingNextPage)}
          onClick={older}
        >
          Older
        </Button>
      ) : null}
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
