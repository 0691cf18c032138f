import { Button } from '@cloudflare/kumo/components/button'
import { Input } from '@cloudflare/kumo/components/input'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { changeOrigins, originsQuery } from '../api/settings.ts'
import { useChange } from '../parts/change.ts'
import { Unread } from '../parts/unread.tsx'
import { useMay } from '../shell/session-context.ts'

/** Whose pages may call with a customer's token. */
export function AllowedOrigins() {
  const mayChange = useMay('settings')
  const [added, setAdded] = useState('')
  const origins = useQuery(originsQuery)
  const touches = [originsQuery.queryKey]
  const allowing = useChange({
    send: () => changeOrigins({ allow: added.trim() }),
    touches,
    isQuiet: true,
    onDone: () => setAdded(''),
  })
  const removing = useChange({
    send: (origin: string) => changeOrigins({ remove: origin }),
    touches,
    done: () => 'Its pages may not call any more',
  })
  if (origins.data === undefined) return <Unread query={origins} />
  const all = origins.data.origins
  const add = (event: FormEvent) => {
    event.preventDefault()
    allowing.mutate()
  }
  return (
    <>
      <p className="mb-3 max-w-2xl">
        Pages of these origins may ask with a customer’s token. Everybody else’s pages may not, and
        no page may use a secret key.
      </p>
      <ul className="mb-3">
        {all.map((origin) => (
          <li key={origin} className="flex items-center gap-2">
            <code>{origin}</code>
            <Button
              size="sm"
              variant="ghost"
              disabled={!mayChange || removing.isPending}
              aria-label={`Remove ${origin}`}
              onClick={() => removing.mutate(origin)}
            >
              Remove
            </Button>
          </li>
        ))}
        {all.length === 0 ? <li className="text-kumo-subtle">None yet.</li> : null}
      </ul>
      <form className="flex flex-wrap items-end gap-2" onSubmit={add}>
        <Input
          label="Origin"
          placeholder="https://app.example.com"
          value={added}
          disabled={!mayChange}
          onChange={({ target }) => setAdded(target.value)}
        />
        <Button type="submit" disabled={!mayChange || added === ''} loading={allowing.isPending}>
          Allow
        </Button>
      </form>
      {allowing.isError ? (
        <p role="alert" className="mt-2 text-kumo-danger">
          {allowing.error.message}
        </p>
      ) : null}
    </>
  )
}
