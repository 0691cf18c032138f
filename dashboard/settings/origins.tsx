import { Button } from '@cloudflare/kumo/components/button'
import { Input } from '@cloudflare/kumo/components/input'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { originsQuery, putOrigins } from '../api/settings.ts'
import { Broken } from '../parts/broken.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { useMay } from '../shell/session-context.ts'

/** Whose pages may call with a customer's token. */
export function AllowedOrigins() {
  const queries = useQueryClient()
  const mayChange = useMay('settings')
  const [added, setAdded] = useState('')
  const origins = useQuery(originsQuery)
  const setting = useMutation({
    mutationFn: putOrigins,
    onSuccess: (answer) => {
      setAdded('')
      queries.setQueryData(originsQuery.queryKey, answer)
    },
  })
  if (origins.isError) return <Broken error={origins.error} reset={() => void origins.refetch()} />
  if (origins.isPending) return <Waiting />
  const all = origins.data.origins
  const add = (event: FormEvent) => {
    event.preventDefault()
    setting.mutate([...all, added.trim()])
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
              disabled={!mayChange}
              aria-label={`Remove ${origin}`}
              onClick={() => setting.mutate(all.filter((each) => each !== origin))}
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
        <Button type="submit" disabled={!mayChange || added === ''} loading={setting.isPending}>
          Allow
        </Button>
      </form>
      {setting.isError ? (
        <p role="alert" className="mt-2 text-kumo-danger">
          {setting.error.message}
        </p>
      ) : null}
    </>
  )
}
