import { ClipboardText } from '@cloudflare/kumo/components/clipboard-text'
import { createPortalLink } from '../api/customers.ts'
import { useChange } from '../parts/change.ts'
import { FormDialog } from '../parts/form-dialog.tsx'
import { When } from '../parts/when.tsx'
import { Shown } from '../parts/shown.tsx'
import type { About } from './head.tsx'

/** Makes a link to the page on which a customer looks after its own subscriptions. */
export function PortalDialog({ customer, onClose }: About) {
  const making = useChange({
    send: () => createPortalLink(customer.id),
    touches: [],
    isQuiet: true,
  })
  if (making.data !== undefined) {
    const { url, expiresAt } = making.data
    return (
      <Shown title="Portal link" onClose={onClose}>
        <ClipboardText text={url} />
        <p>
          Ends <When at={expiresAt} />. <a href={url}>Open it</a>
        </p>
      </Shown>
    )
  }
  return (
    <FormDialog
      title="Portal link"
      description="Whoever has the link sees this customer's subscriptions and can cancel them, for half an hour."
      action="Make a link"
      isSending={making.isPending}
      error={making.error}
      onSend={() => making.mutate()}
      onClose={onClose}
    />
  )
}
