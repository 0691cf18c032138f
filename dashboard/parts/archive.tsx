import { Button } from '@cloudflare/kumo/components/button'
import { useState } from 'react'
import { useChange } from './change.ts'
import { FormDialog } from './form-dialog.tsx'

/** Archives something after asking, and brings it back; what is archived stays valid where it is used. */
export function Archive(props: {
  readonly what: { readonly name: string; readonly archivedAt: string | null }
  readonly disabled: boolean
  readonly archive: () => Promise<unknown>
  readonly restore: () => Promise<unknown>
}) {
  const { what, disabled, archive, restore } = props
  const [isAsking, setAsking] = useState(false)
  // Whoever reads a list or a plan sees it otherwise now.
  const touches = [[]]
  const archiving = useChange({
    send: archive,
    touches,
    isQuiet: true,
    onDone: () => setAsking(false),
  })
  const restoring = useChange({ send: restore, touches, done: () => `${what.name} is back` })
  if (what.archivedAt !== null) {
    return (
      <Button disabled={disabled} loading={restoring.isPending} onClick={() => restoring.mutate()}>
        Bring back
      </Button>
    )
  }
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
