import { useQuery } from '@tanstack/react-query'
import type { CataloguePreview } from '../api/catalogue.ts'
import { Problem } from '../api/request.ts'
import { Broken } from '../parts/broken.tsx'
import { useChange } from '../parts/change.ts'
import { FormDialog } from '../parts/form-dialog.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { Impact } from './impact.tsx'

/** An edit of the catalogue that shows whom it reaches, and what they gain and lose, before it is made. */
export function Reviewed<Saved>(props: {
  readonly title: string
  readonly action: string
  /** What the edit is, to tell it from others. */
  readonly edit: readonly unknown[]
  readonly look: () => Promise<CataloguePreview>
  /** Told what was looked at. */
  readonly send: (preview: CataloguePreview) => Promise<Saved>
  readonly done: string
  readonly onDone: (saved: Saved) => void
  readonly onClose: () => void
}) {
  const { title, action, edit, look, send, done, onDone, onClose } = props
  const preview = useQuery({ queryKey: ['preview', ...edit], queryFn: look, staleTime: 0 })
  const saving = useChange({
    send,
    // Whoever holds a plan has something else now, too.
    touches: [[]],
    isQuiet: true,
    done: () => done,
    onDone,
  })
  return (
    <FormDialog
      title={title}
      action={action}
      isSending={saving.isPending}
      error={inWords(saving.error)}
      canSend={preview.isSuccess}
      onSend={() => preview.isSuccess && saving.mutate(preview.data)}
      onClose={onClose}
    >
      {preview.isError ? (
        <Broken error={preview.error} />
      ) : preview.isPending ? (
        <Waiting lines={4} />
      ) : (
        <Impact preview={preview.data} />
      )}
    </FormDialog>
  )
}

function inWords(error: Error | null): Error | null {
  const isConflict = error instanceof Problem && error.code === 'revision_mismatch'
  return isConflict
    ? new Error('Somebody else has changed this meanwhile. Close, look at it anew, and edit again.')
    : error
}
