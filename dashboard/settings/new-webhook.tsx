import { useState } from 'react'
import { createWebhook } from '../api/settings.ts'
import { useChange } from '../parts/change.ts'
import { FormDialog } from '../parts/form-dialog.tsx'
import { eventsIn, type WebhookDraft, WebhookFields } from './webhook-fields.tsx'

/** Has an endpoint told of events. */
export function NewWebhook(props: {
  readonly onSecret: (secret: string) => void
  readonly onClose: () => void
}) {
  const { onSecret, onClose } = props
  const [draft, setDraft] = useState<WebhookDraft>({ url: '', events: '*', description: '' })
  const { url, description } = draft
  const making = useChange({
    send: () =>
      createWebhook({
        url: url.trim(),
        events: [...eventsIn(draft.events)],
        ...(description !== '' && { description }),
      }),
    touches: [['webhooks']],
    isQuiet: true,
    onDone: ({ secret }) => {
      if (secret !== undefined) onSecret(secret)
      onClose()
    },
  })
  return (
    <FormDialog
      title="New endpoint"
      description="Messages are signed with a secret that is shown once."
      action="Add"
      isSending={making.isPending}
      error={making.error}
      canSend={url.trim() !== '' && eventsIn(draft.events).length > 0}
      onSend={() => making.mutate()}
      onClose={onClose}
    >
      <WebhookFields draft={draft} error={making.error} onChange={setDraft} />
    </FormDialog>
  )
}
