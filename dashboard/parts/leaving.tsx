import { useBlocker } from '@tanstack/react-router'
import { FormDialog } from './form-dialog.tsx'

/** Asks before somebody leaves a page on which they have edited something and not saved it. */
export function Leaving({ isEdited }: { readonly isEdited: boolean }) {
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: ({ current, next }) => isEdited && current.pathname !== next.pathname,
    enableBeforeUnload: isEdited,
    withResolver: true,
  })
  if (status !== 'blocked') return null
  return (
    <FormDialog
      title="Leave without saving?"
      description="What you have edited here is forgotten."
      action="Leave"
      isDangerous
      isSending={false}
      error={null}
      onSend={proceed}
      onClose={reset}
    />
  )
}
