import { useState } from 'react'
import { patchWebhook, type Webhook } from '../api/settings.ts'
import { useChange } from '../parts/change.ts'
import { FormDialog } from '../parts/form-dialog.tsx'
import { eventsIn, type WebhookDraft, WebhookFields } from './webhook-fields.tsx'

/** Changes where an endpoint is, what it is told of, and what is said of it. */
export function EditWebhook(props: { readonly webhook: Webhook; readonly onClose: () => void }) {
  const { webhook, onClose } = props
  const [draft, setDraft] = useState<WebhookDraft>({
    url: webhook.url,
    events: webhook.events.join(', '),
    description: webhook.description ?? '',
  })
  const saving = useChange({
    send: () =>
      patchWebhook(webhook, {
        url: draft.url.trim(),
        events: [...eventsIn(draft.events)],
        description: draft.description === '' ? null : draft.description,
      }),
    touches: [['webhooks']],
    isQuiet: true,
    done: () => 'The endpoint is saved',
    onDone: onClose,
  })
  return (
    <FormDialog
      title="Edit the endpoint"
      description="What is owed to it already is sent to where it is then."
      action="Save"
      isSending={saving.isPending}
      error={saving.error}
      canSend={draft.url.trim() !== '' && eventsIn(draft.events).length > 0}
      onSend={() => saving.mutate()}
      onClose={onClose}
    >
      <WebhookFields draft={draft} error={saving.error} onChange={setDraft} />
    </FormDialog>
  )
}
