import { act, touchedBy } from '../api/subscriptions.ts'
import { useChange } from '../parts/change.ts'
import { FormDialog } from '../parts/form-dialog.tsx'
import { isolated, worded } from '../parts/words.ts'
import { SIMPLE, type SimpleAction } from './lifecycle.ts'
import type { AboutSubscription } from './subscription-dialogs.tsx'

/** Does to a subscription what needs nothing but a yes; a refusal says what is allowed instead. */
export function ActDialog(props: AboutSubscription & { readonly action: SimpleAction }) {
  const { subscription, name, action, onClose } = props
  const { label, segment, words, body, isDangerous = false } = SIMPLE[action]
  const acting = useChange({
    send: () => act(subscription.id, segment, body),
    touches: touchedBy(subscription.customerId),
    done: ({ status }) => `${isolated(name)} is ${worded(status)}`,
    isQuiet: true,
    onDone: onClose,
  })
  return (
    <FormDialog
      title={`${label}: ${name}`}
      description={words}
      action={label}
      isDangerous={isDangerous}
      isSending={acting.isPending}
      error={acting.error}
      onSend={() => acting.mutate()}
      onClose={onClose}
    />
  )
}
