import { Badge } from '@cloudflare/kumo/components/badge'
import { Button } from '@cloudflare/kumo/components/button'
import { LayerCard } from '@cloudflare/kumo/components/layer-card'
import { Table } from '@cloudflare/kumo/components/table'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type ApiKey, keysQuery, revokeKey, rotateKey } from '../api/settings.ts'
import { Ask } from '../parts/ask.tsx'
import { useChange } from '../parts/change.ts'
import { useNow } from '../parts/clock.ts'
import { Once } from '../parts/once.tsx'
import { Turning } from '../parts/turning.tsx'
import { Unread } from '../parts/unread.tsx'
import { When } from '../parts/when.tsx'
import { useMay } from '../shell/session-context.ts'
import { NewKeyDialog } from './new-key.tsx'
import { Rotate } from './rotate.tsx'

/** Who may call: keys of programs, and of people by role. */
export function Keys() {
  const [cursor, setCursor] = useState<string>()
  const mayChange = useMay('settings')
  const keys = useQuery({ ...keysQuery(cursor), enabled: mayChange })
  const [isMaking, setMaking] = useState(false)
  const [text, setText] = useState<string | null>(null)
  if (!mayChange) return <p>Keys are looked after by admins.</p>
  if (keys.data === undefined) return <Unread query={keys} />
  return (
    <>
      <Button variant="primary" className="mb-3" onClick={() => setMaking(true)}>
        New key
      </Button>
      {text === null ? null : (
        <Once title="The new key" text={text} onClose={() => setText(null)} />
      )}
      <LayerCard className="overflow-x-auto p-0">
        <Table>
          <Table.Header>
            <Table.Row>
              <Table.Head>Name</Table.Head>
              <Table.Head>May</Table.Head>
              <Table.Head>Last used</Table.Head>
              <Table.Head>Ends</Table.Head>
              <Table.Head>Change</Table.Head>
            </Table.Row>
          </Table.Header>
          <Table.Body>
            {keys.data.data.map((key) => (
              <Row key={key.id} apiKey={key} onKey={setText} />
            ))}
          </Table.Body>
        </Table>
      </LayerCard>
      <Turning cursor={cursor} nextCursor={keys.data.nextCursor} of="keys" onTurn={setCursor} />
      {isMaking ? <NewKeyDialog onKey={setText} onClose={() => setMaking(false)} /> : null}
    </>
  )
}

function Row(props: { readonly apiKey: ApiKey; readonly onKey: (text: string) => void }) {
  const { name, lastFour, scopes, role, createdAt, lastUsedAt, expiresAt, revokedAt } = props.apiKey
  const now = useNow()
  const isOver = revokedAt !== null || (expiresAt !== null && Date.parse(expiresAt) <= now)
  return (
    <Table.Row>
      <Table.Cell className="max-w-64 break-words">
        <bdi>{name}</bdi> <span className="text-kumo-subtle">…{lastFour}</span>
        <div className="text-kumo-subtle">
          made <When at={createdAt} />
        </div>
      </Table.Cell>
      <Table.Cell>
        {role === null ? scopes.join(', ') : <Badge variant="outline">{role}</Badge>}
      </Table.Cell>
      <Table.Cell>{lastUsedAt === null ? 'never' : <When at={lastUsedAt} />}</Table.Cell>
      <Table.Cell>
        {revokedAt === null && isOver ? 'ended ' : null}
        {revokedAt !== null ? 'revoked' : expiresAt === null ? 'never' : <When at={expiresAt} />}
      </Table.Cell>
      <Table.Cell>{isOver ? null : <Acts {...props} />}</Table.Cell>
    </Table.Row>
  )
}

function Acts(props: { readonly apiKey: ApiKey; readonly onKey: (text: string) => void }) {
  const { apiKey, onKey } = props
  const { id, name } = apiKey
  const [isRotating, setRotating] = useState(false)
  const revoking = useChange({ send: () => revokeKey(id), touches: [['keys']], isQuiet: true })
  return (
    <span className="flex flex-wrap gap-1">
      <Button
        size="sm"
        variant="ghost"
        aria-label={`Rotate: ${name}`}
        onClick={() => setRotating(true)}
      >
        Rotate
      </Button>
      <Ask
        label="Revoke"
        about={name}
        words="Whoever uses it is refused: at once where it manages, elsewhere within seconds. It never comes back."
        doing={revoking}
      />
      {isRotating ? (
        <Rotate
          what="key"
          about={name}
          rotate={(overlapSeconds) => rotateKey(id, overlapSeconds)}
          touches="keys"
          onMade={({ key }) => key !== undefined && onKey(key)}
          onClose={() => setRotating(false)}
        />
      ) : null}
    </span>
  )
}
