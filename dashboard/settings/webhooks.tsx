import { Badge } from '@cloudflare/kumo/components/badge'
import { Button } from '@cloudflare/kumo/components/button'
import { LayerCard } from '@cloudflare/kumo/components/layer-card'
import { Table } from '@cloudflare/kumo/components/table'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { type Webhook, webhooksQuery } from '../api/settings.ts'
import { FirstSteps } from '../parts/first-steps.tsx'
import { Once } from '../parts/once.tsx'
import { Turning } from '../parts/turning.tsx'
import { Unread } from '../parts/unread.tsx'
import { useMay } from '../shell/session-context.ts'
import { NewWebhook } from './new-webhook.tsx'

/** Who is told of events. */
export function Webhooks() {
  const [cursor, setCursor] = useState<string>()
  const webhooks = useQuery(webhooksQuery(cursor))
  const mayChange = useMay('settings')
  const [isMaking, setMaking] = useState(false)
  const [secret, setSecret] = useState<string | null>(null)
  if (webhooks.data === undefined) return <Unread query={webhooks} />
  const { data, nextCursor } = webhooks.data
  return (
    <>
      <Button
        variant="primary"
        className="mb-3"
        disabled={!mayChange}
        onClick={() => setMaking(true)}
      >
        New endpoint
      </Button>
      {secret === null ? null : (
        <Once title="The signing secret" text={secret} onClose={() => setSecret(null)} />
      )}
      <Endpoints webhooks={data} />
      <Turning cursor={cursor} nextCursor={nextCursor} of="endpoints" onTurn={setCursor} />
      {isMaking ? <NewWebhook onSecret={setSecret} onClose={() => setMaking(false)} /> : null}
    </>
  )
}

function Endpoints({ webhooks }: { readonly webhooks: readonly Webhook[] }) {
  if (webhooks.length === 0) {
    return (
      <FirstSteps
        title="Nobody is told yet"
        description="An endpoint is sent every event that it asks for, signed."
        command={`curl ${location.origin}/v1/webhooks -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -d '{"url":"https://example.com/hooks","events":["*"]}'`}
      />
    )
  }
  return (
    <LayerCard className="overflow-x-auto p-0">
      <Table>
        <Table.Header>
          <Table.Row>
            <Table.Head>Endpoint</Table.Head>
            <Table.Head>Is told of</Table.Head>
            <Table.Head>State</Table.Head>
          </Table.Row>
        </Table.Header>
        <Table.Body>
          {webhooks.map(({ id, url, description, events, enabled, failingSince }) => (
            <Table.Row key={id}>
              <Table.Cell className="max-w-96 break-all">
                <Link
                  to="/settings/webhooks/$webhookId"
                  params={{ webhookId: id }}
                  className="text-kumo-link underline"
                >
                  {url}
                </Link>
                {description === null ? null : (
                  <div className="text-kumo-subtle">
                    <bdi>{description}</bdi>
                  </div>
                )}
              </Table.Cell>
              <Table.Cell>{events.join(', ')}</Table.Cell>
              <Table.Cell>
                <Badge variant="outline">
                  {enabled ? (failingSince === null ? 'receiving' : 'failing') : 'off'}
                </Badge>
              </Table.Cell>
            </Table.Row>
          ))}
        </Table.Body>
      </Table>
    </LayerCard>
  )
}
