import { Badge } from '@cloudflare/kumo/components/badge'
import { Button } from '@cloudflare/kumo/components/button'
import { Input } from '@cloudflare/kumo/components/input'
import { LayerCard } from '@cloudflare/kumo/components/layer-card'
import { Table } from '@cloudflare/kumo/components/table'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { createWebhook, type Webhook, webhooksQuery } from '../api/settings.ts'
import { Broken } from '../parts/broken.tsx'
import { FirstSteps } from '../parts/first-steps.tsx'
import { Once } from '../parts/once.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { useMay } from '../shell/session-context.ts'

/** Who is told of events. */
export function Webhooks() {
  const webhooks = useQuery(webhooksQuery())
  const [secret, setSecret] = useState<string | null>(null)
  if (webhooks.isError) {
    return <Broken error={webhooks.error} reset={() => void webhooks.refetch()} />
  }
  if (webhooks.isPending) return <Waiting />
  return (
    <>
      <NewWebhook onSecret={setSecret} />
      {secret === null ? null : (
        <Once title="The signing secret" text={secret} onClose={() => setSecret(null)} />
      )}
      <Endpoints webhooks={webhooks.data.data} />
    </>
  )
}

function NewWebhook({ onSecret }: { readonly onSecret: (secret: string) => void }) {
  const queries = useQueryClient()
  const mayChange = useMay('settings')
  const [url, setUrl] = useState('')
  const [events, setEvents] = useState('*')
  const making = useMutation({
    mutationFn: () =>
      createWebhook(
        url,
        events.split(',').map((each) => each.trim()),
      ),
    onSuccess: async (made) => {
      setUrl('')
      if (made.secret !== undefined) onSecret(made.secret)
      await queries.invalidateQueries({ queryKey: ['webhooks'] })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    making.mutate()
  }
  return (
    <form className="mb-4 flex flex-wrap items-start gap-3" onSubmit={submit}>
      <Input
        label="URL"
        type="url"
        required
        placeholder="https://example.com/hooks"
        value={url}
        disabled={!mayChange}
        onChange={({ target }) => setUrl(target.value)}
        {...(making.isError && { error: making.error.message })}
      />
      <Input
        label="Events"
        description="By commas: subscription.*, usage.limit_reached; * is all."
        required
        value={events}
        disabled={!mayChange}
        onChange={({ target }) => setEvents(target.value)}
      />
      <Button className="mt-7" type="submit" disabled={!mayChange} loading={making.isPending}>
        Add endpoint
      </Button>
    </form>
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
          {webhooks.map(({ id, url, events, enabled, failingSince }) => (
            <Table.Row key={id}>
              <Table.Cell className="max-w-96 break-all">
                <Link
                  to="/settings/webhooks/$webhookId"
                  params={{ webhookId: id }}
                  className="text-kumo-link underline"
                >
                  {url}
                </Link>
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
