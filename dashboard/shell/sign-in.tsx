import { Button } from '@cloudflare/kumo/components/button'
import { Input } from '@cloudflare/kumo/components/input'
import { Link } from '@cloudflare/kumo/components/link'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Problem } from '../api/request.ts'
import { ACCESS_LOGOUT, sessionQuery, signIn } from '../api/session.ts'
import { Broken } from '../parts/broken.tsx'

/** Exchanges a key for a session; above it, why somebody came through Cloudflare Access in vain. */
export function SignIn({ refusal }: { readonly refusal: Problem | null }) {
  const queries = useQueryClient()
  const [key, setKey] = useState('')
  const entering = useMutation({
    mutationFn: signIn,
    onSuccess: (session) => queries.setQueryData(sessionQuery.queryKey, session),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    entering.mutate(key.trim())
  }
  return (
    <main className="mx-auto flex min-h-screen max-w-md flex-col justify-center gap-4 p-6">
      <img src="/dashboard/icon.svg" alt="" width="48" height="48" />
      <h1 className="text-2xl font-semibold">Sign in to Sluice</h1>
      {refusal === null ? null : <TurnedAway refusal={refusal} />}
      <p className="text-kumo-subtle">
        With a key of your own that may manage. <code>npm run dev</code> prints one;{' '}
        <code>npm run keys -- create</code> makes one for a role.
      </p>
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <Input
          label="Secret key"
          type="password"
          autoFocus
          value={key}
          onChange={({ target }) => setKey(target.value)}
          autoComplete="current-password"
          spellCheck={false}
          placeholder="sluice_sk_…"
          {...(entering.isError && { error: whyRefused(entering.error) })}
        />
        <Button type="submit" variant="primary" loading={entering.isPending} disabled={key === ''}>
          Sign in
        </Button>
      </form>
    </main>
  )
}

/** Whoever types a key into a page need not hear how programs send one. */
function whyRefused(error: Error): string {
  return error instanceof Problem && error.code === 'credential_invalid'
    ? 'The key is mistyped, unknown, expired or revoked.'
    : error.message
}

/** Why nobody was let in, and what else to try: the same again, or as somebody else. */
function TurnedAway({ refusal }: { readonly refusal: Problem }) {
  const queries = useQueryClient()
  const again = () => void queries.refetchQueries({ queryKey: sessionQuery.queryKey })
  return (
    <>
      <Broken error={refusal} reset={again} />
      <p>
        <Link href={ACCESS_LOGOUT}>Come in as somebody else</Link>, or with a key:
      </p>
    </>
  )
}
