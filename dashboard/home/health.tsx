import { CheckCircleIcon, WarningIcon } from '@phosphor-icons/react'
import type { ReactNode } from 'react'
import type { OverviewAnswer } from '../api/overview.ts'
import { useNow } from '../parts/clock.ts'
import { When } from '../parts/when.tsx'
import { Card } from './card.tsx'

/** Whether changes arrive where they are to be known: at the edge, and at those who listen. */
export function Health({ overview }: { readonly overview: OverviewAnswer }) {
  const now = useNow()
  const findings = [...behind(overview.propagation, now), ...owed(overview.deliveries)]
  const { copiedAt } = overview.propagation.catalogue
  const isSilent = copiedAt !== null && now - Date.parse(copiedAt) > SILENT_MS
  return (
    <Card title="How far changes have got">
      <ul className="flex flex-col gap-2">
        {findings.length === 0 ? (
          <Said isWell>All changes have reached the edge, and everybody who listens.</Said>
        ) : (
          findings.map((finding, at) => <Said key={at}>{finding}</Said>)
        )}
        {isSilent ? (
          <Said>
            Nothing has come every minute of late: look whether the cron trigger runs. Answers are
            right without it; lists and webhooks wait.
          </Said>
        ) : null}
      </ul>
      {copiedAt === null ? null : (
        <p className="mt-3 text-sm text-kumo-subtle">
          The catalogue was last copied to the edge <When at={copiedAt} />.
        </p>
      )}
    </Card>
  )
}

/** What the tick writes down within a minute is not late. */
const LATE_MS = 2 * 60_000

/** The tick comes every minute, and what the edge says of it may be a minute old. */
const SILENT_MS = 5 * 60_000

function Said(props: { readonly isWell?: boolean; readonly children: ReactNode }) {
  const Icon = props.isWell === true ? CheckCircleIcon : WarningIcon
  const colour = props.isWell === true ? 'text-kumo-success' : 'text-kumo-warning'
  return (
    <li className="flex items-start gap-2">
      <Icon aria-hidden className={`mt-1 shrink-0 ${colour}`} />
      <span className="min-w-0 break-words">{props.children}</span>
    </li>
  )
}

/** What has not arrived, in words. */
function behind(
  { unsynced, overdue, catalogue }: OverviewAnswer['propagation'],
  now: number,
): ReactNode[] {
  const { revision, edgeRevision } = catalogue
  return [
    ...(unsynced.count === 0
      ? []
      : [
          <>
            The newest change has not reached {customers(unsynced.count)}
            <Since at={unsynced.oldestAt} />.
          </>,
        ]),
    ...(overdue.oldestAt === null || now - Date.parse(overdue.oldestAt) < LATE_MS
      ? []
      : [
          <>
            What time has done is not in lists yet for {customers(overdue.count)}
            <Since at={overdue.oldestAt} />. Access is right all the same.
          </>,
        ]),
    ...(edgeRevision === null && revision > 0
      ? ['Whether the edge has the catalogue is not known at present.']
      : []),
    ...(edgeRevision !== null && edgeRevision < revision
      ? ['The edge still reads an older catalogue: the newest is on its way, a minute at most.']
      : []),
  ]
}

function owed({ owed: messages, failing }: OverviewAnswer['deliveries']): ReactNode[] {
  return [
    ...(messages.count === 0
      ? []
      : [
          <>
            {counted(messages.count)} {messages.count === 1 ? 'message has' : 'messages have'} not
            been received by a webhook
            <Since at={messages.oldestAt} />.
          </>,
        ]),
    ...(failing === 0
      ? []
      : [`${failing === 1 ? 'One webhook receives' : `${failing} webhooks receive`} nothing.`]),
  ]
}

function Since({ at }: { readonly at: string | null }) {
  return at === null ? null : (
    <>
      , the oldest since <When at={at} />
    </>
  )
}

function customers(count: number): string {
  return count === 1 ? '1 customer' : `${counted(count)} customers`
}

/** How far the service counts. */
const COUNT_MAX = 1_000

function counted(count: number): string {
  return count < COUNT_MAX ? String(count) : '1,000 or more'
}
