import { Button } from '@cloudflare/kumo/components/button'
import { LayerCard } from '@cloudflare/kumo/components/layer-card'
import { Table } from '@cloudflare/kumo/components/table'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import {
  type Attempt,
  attemptsQuery,
  deleteWebhook,
  enableWebhook,
  replayAttempt,
  rotateSecret,
  testWebhook,
  type Webhook,
  webhookQuery,
} from '../api/settings.ts'
import { Ask } from '../parts/ask.tsx'
import { Broken } from '../parts/broken.tsx'
import { Once } from '../parts/once.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { When } from '../parts/when.tsx'
import { useMay } from '../shell/session-context.ts'

const DAY_SECONDS = 86_400

/** One endpoint: what was sent to it, and what came back. */
export function WebhookPage() {
  const { webhookId } = useParams({ from: '/settings/webhooks/$webhookId' })
  const webhook = useQuery(webhookQuery(webhookId))
  const attempts = useQuery(attemptsQuery(webhookId))
  const [secret, setSecret] = useState<string | null>(null)
  if (webhook.isError) return <Broken error={webhook.error} reset={() => void webhook.refetch()} />
  if (webhook.isPending) return <Waiting />
  const { url, events, enabled, failingSince, disabledBecause } = webhook.data
  return (
    <>
      <PageHead
        title={url}
        detail={
          <>
            {events.join(', ')} · {enabled ? 'on' : `off (${disabledBecause ?? 'asked'})`}
            {failingSince === null ? null : (
              <>
                {' '}
                · failing since <When at={failingSince} />
              </>
            )}
          </>
        }
        actions={<Acts webhook={webhook.data} onSecret={setSecret} />}
      />
      {secret === null ? null : (
        <Once title="The new signing secret" text={secret} onClose={() => setSecret(null)} />
      )}
      <h2 className="mb-2 text-lg font-semibold">What was sent</h2>
      {attempts.isError ? (
        <Broken error={attempts.error} reset={() => void attempts.refetch()} />
      ) : attempts.isPending ? (
        <Waiting />
      ) : (
        <Attempts attempts={attempts.data.data} />
      )}
    </>
  )
}

function Acts(props: { readonly webhook: Webhook; readonly onSecret: (secret: string) => void }) {
  const { id, url, enabled } = props.webhook
  const queries = useQueryClient()
  const navigate = useNavigate()
  const disabled = !useMay('settings')
  const again = () => queries.invalidateQueries({ queryKey: ['webhooks'] })
  const testing = useMutation({ mutationFn: () => testWebhook(id), onSuccess: again })
  const switching = useMutation({
    mutationFn: () => enableWebhook(id, !enabled),
    onSuccess: again,
  })
  const rotating = useMutation({
    mutationFn: () => rotateSecret(id, DAY_SECONDS),
    onSuccess: (made) => {
      if (made.secret !== undefined) props.onSecret(made.secret)
      return again()
    },
  })
  const deleting = useMutation({
    mutationFn: () => deleteWebhook(id),
    onSuccess: async () => {
      await again()
      await navigate({ to: '/settings/$section', params: { section: 'webhooks' } })
    },
  })
  return (
    <>
      <Button disabled={disabled} loading={testing.isPending} onClick={() => testing.mutate()}>
        Send a test
      </Button>
      <Button disabled={disabled} loading={switching.isPending} onClick={() => switching.mutate()}>
        {enabled ? 'Turn off' : 'Turn on'}
      </Button>
      <Ask
        label="Rotate secret"
        about={url}
        words="Messages are signed with both secrets for a day."
        disabled={disabled}
        doing={rotating}
      />
      <Ask
        label="Delete"
        about={url}
        words="Nothing more is sent to it."
        disabled={disabled}
        doing={deleting}
      />
    </>
  )
}

function Attempts({ attempts }: { readonly attempts: readonly Attempt[] }) {
  if (attempts.length === 0) return <p>Nothing yet. Send a test.</p>
  return (
    <LayerCard className="overflow-x-auto p-0">
      <Table>
        <Table.Header>
          <Table.Row>
            <Table.Head>When</Table.Head>
            <Table.Head>Event</Table.Head>
            <Table.Head>Came back</Table.Head>
            <Table.Head>Again</Table.Head>
          </Table.Row>
        </Table.Header>
        <Table.Body>
          {attempts.map((attempt) => (
            <AttemptRow key={attempt.id} attempt={attempt} />
          ))}
        </Table.Body>
      </Table>
    </LayerCard>
  )
}

function AttemptRow({ attempt }: { readonly attempt: Attempt }) {
  const queries = useQueryClient()
  const { id, webhookId, at, eventType, kind, number, durationMs, response, nextTryAt } = attempt
  const replaying = useMutation({
    mutationFn: () => replayAttempt(webhookId, id),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['webhooks', 'attempts', webhookId] }),
  })
  return (
    <Table.Row>
      <Table.Cell>
        <When at={at} />
      </Table.Cell>
      <Table.Cell>
        {eventType} · {kind} {number}
      </Table.Cell>
      <Table.Cell className="max-w-96 break-words">
        {outcomeOf(attempt)} in {durationMs} ms
        {nextTryAt === null ? null : (
          <>
            ; again <When at={nextTryAt} />
          </>
        )}
        {response === null || response === '' ? null : (
          <pre className="max-h-24 overflow-auto text-xs" tabIndex={0}>
            {response}
          </pre>
        )}
      </Table.Cell>
      <Table.Cell>
        {kind === 'test' ? null : (
          <Button
            size="sm"
            loading={replaying.isPending}
            aria-label={`Send ${eventType} again`}
            onClick={() => replaying.mutate()}
          >
            Send again
          </Button>
        )}
      </Table.Cell>
    </Table.Row>
  )
}

function outcomeOf({ delivered, status, failure }: Attempt): string {
  if (delivered) return `received (${status ?? ''})`
  return status === null ? (failure ?? 'failed') : `refused (${status})`
}
