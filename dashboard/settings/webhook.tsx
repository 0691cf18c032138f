import { Button } from '@cloudflare/kumo/components/button'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { Problem } from '../api/request.ts'
import {
  deleteWebhook,
  patchWebhook,
  rotateSecret,
  testWebhook,
  type Webhook,
  webhookQuery,
} from '../api/settings.ts'
import { Ask } from '../parts/ask.tsx'
import { Broken } from '../parts/broken.tsx'
import { useChange } from '../parts/change.ts'
import { Once } from '../parts/once.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Unread } from '../parts/unread.tsx'
import { When } from '../parts/when.tsx'
import { useMay } from '../shell/session-context.ts'
import { Attempts } from './attempts.tsx'
import { EditWebhook } from './edit-webhook.tsx'
import { Rotate } from './rotate.tsx'

/** One endpoint: what was sent to it, and what came back. */
export function WebhookPage() {
  const { webhookId } = useParams({ from: '/settings/webhooks/$webhookId' })
  const webhook = useQuery(webhookQuery(webhookId))
  const [secret, setSecret] = useState<string | null>(null)
  if (isGone(webhook.error)) return <Broken error={webhook.error} />
  if (webhook.data === undefined) return <Unread query={webhook} />
  return (
    <>
      <PageHead
        title={webhook.data.url}
        detail={<State webhook={webhook.data} />}
        actions={<Acts webhook={webhook.data} onSecret={setSecret} />}
      />
      {secret === null ? null : (
        <Once title="The new signing secret" text={secret} onClose={() => setSecret(null)} />
      )}
      <h2 className="mb-2 text-lg font-semibold">What was sent</h2>
      <Attempts webhookId={webhookId} url={webhook.data.url} />
    </>
  )
}

/** Somebody has deleted it: nothing that is still held of it can be done anything with. */
function isGone(error: Error | null): boolean {
  return error instanceof Problem && error.status === 404
}

function State({ webhook }: { readonly webhook: Webhook }) {
  const { events, description, enabled, disabledBecause, failingSince, overlapEndsAt } = webhook
  return (
    <>
      <Link to="/settings/$section" params={{ section: 'webhooks' }} className="underline">
        Webhooks
      </Link>{' '}
      · {enabled ? 'on' : `off (${disabledBecause ?? 'asked'})`} · told of {events.join(', ')}
      {failingSince === null ? null : (
        <>
          {' '}
          · failing since <When at={failingSince} />
        </>
      )}
      {overlapEndsAt === null ? null : (
        <>
          {' '}
          · the old secret signs too until <When at={overlapEndsAt} />
        </>
      )}
      {description === null ? null : (
        <div>
          <bdi>{description}</bdi>
        </div>
      )}
    </>
  )
}

function Acts(props: { readonly webhook: Webhook; readonly onSecret: (secret: string) => void }) {
  const { webhook, onSecret } = props
  const { id, url, enabled } = webhook
  const disabled = !useMay('settings')
  const navigate = useNavigate()
  const [asking, setAsking] = useState<'edit' | 'rotate' | null>(null)
  const touches = [['webhooks']]
  const testing = useChange({
    send: () => testWebhook(id),
    touches,
    done: ({ delivered }) => (delivered ? 'The test was received' : 'The test was not received'),
  })
  const switching = useChange({ send: () => patchWebhook(webhook, { enabled: !enabled }), touches })
  const deleting = useChange({
    send: () => deleteWebhook(id),
    touches: [['webhooks', undefined]],
    isQuiet: true,
    onDone: () => void navigate({ to: '/settings/$section', params: { section: 'webhooks' } }),
  })
  return (
    <>
      <Button disabled={disabled} loading={testing.isPending} onClick={() => testing.mutate()}>
        Send a test
      </Button>
      <Button disabled={disabled} onClick={() => setAsking('edit')}>
        Edit
      </Button>
      <Button disabled={disabled} loading={switching.isPending} onClick={() => switching.mutate()}>
        {enabled ? 'Turn off' : 'Turn on'}
      </Button>
      <Button disabled={disabled} onClick={() => setAsking('rotate')}>
        Rotate secret
      </Button>
      <Ask
        label="Delete"
        about={url}
        words="Nothing more is sent to it."
        disabled={disabled}
        doing={deleting}
      />
      {asking === 'edit' ? <EditWebhook webhook={webhook} onClose={() => setAsking(null)} /> : null}
      {asking === 'rotate' ? (
        <Rotate
          what="secret"
          about={url}
          rotate={(overlapSeconds) => rotateSecret(id, overlapSeconds)}
          touches="webhooks"
          onMade={({ secret }) => secret !== undefined && onSecret(secret)}
          onClose={() => setAsking(null)}
        />
      ) : null}
    </>
  )
}
