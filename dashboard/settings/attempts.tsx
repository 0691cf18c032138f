import { Button } from '@cloudflare/kumo/components/button'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Attempt, attemptsQuery, eventQuery, replayAttempt } from '../api/settings.ts'
import { Broken } from '../parts/broken.tsx'
import { useChange } from '../parts/change.ts'
import { Turning } from '../parts/turning.tsx'
import { Unread } from '../parts/unread.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { When } from '../parts/when.tsx'
import { useMay } from '../shell/session-context.ts'

/** What was sent to an endpoint and what came back, the newest first. */
export function Attempts({ webhookId, url }: { readonly webhookId: string; readonly url: string }) {
  const [cursor, setCursor] = useState<string>()
  const attempts = useQuery(attemptsQuery(webhookId, cursor))
  if (attempts.data === undefined) return <Unread query={attempts} />
  const { data, nextCursor } = attempts.data
  if (data.length === 0) return <p>Nothing yet. Send a test.</p>
  return (
    <>
      <ol aria-label="What was sent" className="rounded-lg bg-kumo-base ring ring-kumo-hairline">
        {data.map((attempt) => (
          <Row key={attempt.id} attempt={attempt} url={url} />
        ))}
      </ol>
      <Turning cursor={cursor} nextCursor={nextCursor} of="attempts" onTurn={setCursor} />
    </>
  )
}

function Row({ attempt, url }: { readonly attempt: Attempt; readonly url: string }) {
  const { id, webhookId, at, eventType, kind, number, durationMs, nextTryAt } = attempt
  const mayChange = useMay('settings')
  const [isOpen, setOpen] = useState(false)
  const replaying = useChange({
    send: () => replayAttempt(webhookId, id),
    touches: [['webhooks', 'attempts', webhookId]],
    done: (made) => `Sent again: ${outcomeOf(made)}`,
  })
  return (
    <li className="border-b border-kumo-hairline p-3 last:border-b-0">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-1">
        <div className="min-w-0 flex-1 basis-64">
          <span className="font-semibold">{eventType}</span> · {kind} {number}
          <div className="text-sm text-kumo-subtle">
            <When at={at} />
          </div>
        </div>
        <div className="min-w-0 flex-1 basis-48">
          {outcomeOf(attempt)} in {durationMs} ms
          {nextTryAt === null ? null : (
            <div className="text-sm text-kumo-subtle">
              again <When at={nextTryAt} />
            </div>
          )}
        </div>
        {kind === 'test' ? null : (
          <Button
            size="sm"
            disabled={!mayChange}
            loading={replaying.isPending}
            aria-label={`Send again: ${eventType}`}
            onClick={() => replaying.mutate()}
          >
            Send again
          </Button>
        )}
      </div>
      <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary className="mt-1 text-sm">Request and response</summary>
        {isOpen ? <Exchange attempt={attempt} url={url} /> : null}
      </details>
    </li>
  )
}

/** What was sent, made anew from the event, and how what came back began. */
function Exchange({ attempt, url }: { readonly attempt: Attempt; readonly url: string }) {
  const { eventId, kind, at, status, response } = attempt
  const event = useQuery({ ...eventQuery(eventId), enabled: kind !== 'test' })
  const seconds = Math.floor(Date.parse(at) / 1000)
  const head = `POST ${url}\nwebhook-id: ${eventId}\nwebhook-timestamp: ${seconds}`
  return (
    <div className="mt-2 grid gap-3 lg:grid-cols-2">
      <section>
        <h3 className="text-sm font-semibold">Request</h3>
        {event.isError ? (
          <Broken error={event.error} reset={() => void event.refetch()} />
        ) : event.isLoading ? (
          <Waiting lines={3} />
        ) : (
          <Text>{`${head}\n\n${bodyText(attempt, event.data)}`}</Text>
        )}
      </section>
      <section>
        <h3 className="text-sm font-semibold">Response</h3>
        <Text>{`${status ?? 'none'}\n\n${response ?? ''}`.trimEnd()}</Text>
      </section>
    </div>
  )
}

function Text({ children }: { readonly children: string }) {
  return (
    <pre className="max-h-72 overflow-auto text-xs break-all whitespace-pre-wrap" tabIndex={0}>
      {children}
    </pre>
  )
}

type Event = Awaited<ReturnType<NonNullable<ReturnType<typeof eventQuery>['queryFn']>>>

function bodyText({ kind, eventType }: Attempt, event: Event | undefined): string {
  if (kind === 'test') return `A test of type ${eventType}, about nothing.`
  if (event === null || event === undefined) return 'The event is kept no longer.'
  const { id, type, at: timestamp, customerId, version, data } = event
  return JSON.stringify({ id, type, timestamp, customerId, version, data }, null, 2)
}

function outcomeOf({ delivered, status, failure }: Attempt): string {
  if (delivered) return `received (${status ?? ''})`
  return status === null ? (failure ?? 'failed') : `refused (${status})`
}
