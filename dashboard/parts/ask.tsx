import { Button } from '@cloudflare/kumo/components/button'
import type { UseMutationResult } from '@tanstack/react-query'
import { useState } from 'react'
import { FormDialog } from './form-dialog.tsx'

/** A button that asks before it does something, and says what is wrong where it was refused. */
export function Ask(props: {
  readonly label: string
  /** The name of what it is done to. */
  readonly about: string
  /** What will happen. */
  readonly words: string
  readonly disabled?: boolean
  readonly doing: UseMutationResult<unknown, Error, void>
}) {
  const { label, about, words, disabled = false, doing } = props
  const [isAsking, setAsking] = useState(false)
  return (
    <>
      <Button
        size="sm"
        variant="ghost"
        disabled={disabled}
        aria-label={`${label}: ${about}`}
        onClick={() => setAsking(true)}
      >
        {label}
      </Button>
      {isAsking ? (
        <FormDialog
          title={`${label} ${about}?`}
          description={words}
          action={label}
          isDangerous
          isSending={doing.isPending}
          error={doing.error}
          onSend={() => doing.mutate(undefined, { onSuccess: () => setAsking(false) })}
          onClose={() => setAsking(false)}
        />
      ) : null}
    </>
  )
}
