import { Button } from '@cloudflare/kumo/components/button'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { FormDialog } from './form-dialog.tsx'

/** Archives something after asking; what is archived stays valid where it is used. */
export function Archive(props: {
  readonly what: { readonly name: string; readonly archivedAt: string | null }
  readonly disabled: boolean
  readonly archive: () => Promise<unknown>
}) {
  const { what, disabled, archive } = props
  const queries = useQueryClient()
  const [isAsking, setAsking] = useState(false)
  const archiving = useMutation({
    mutationFn: archive,
    onSuccess: async () => {
      setAsking(false)
      await queries.invalidateQueries()
    },
  })
  if (what.archivedAt !== null) return null
  return (
    <>
      <Button disabled={disabled} onClick={() => setAsking(true)}>
        Archive
      </Button>
      {isAsking ? (
        <FormDialog
          title={`Archive ${what.name}?`}
          description="It stays valid where it is used, and can be attached to nothing new."
          action="Archive"
          isDangerous
          isSending={archiving.isPending}
          error={archiving.error}
          onSend={() => archiving.mutate()}
          onClose={() => setAsking(false)}
        />
      ) : null}
    </>
  )
}
