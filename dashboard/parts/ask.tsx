import { Button } from '@cloudflare/kumo/components/button'
import { Dialog } from '@cloudflare/kumo/components/dialog'
import type { UseMutationResult } from '@tanstack/react-query'
import { useState } from 'react'

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
  const go = () => doing.mutate(undefined, { onSuccess: () => setAsking(false) })
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
      <Dialog.Root open={isAsking} onOpenChange={setAsking}>
        <Dialog className="p-6">
          <Dialog.Title className="mb-2 text-xl font-semibold">
            {label} <bdi>{about}</bdi>?
          </Dialog.Title>
          <Dialog.Description>{words}</Dialog.Description>
          {doing.isError ? (
            <p role="alert" className="mt-2 text-kumo-danger">
              {doing.error.message}
            </p>
          ) : null}
          <div className="mt-4 flex justify-end gap-2">
            <Dialog.Close render={<Button>Cancel</Button>} />
            <Button variant="destructive" loading={doing.isPending} onClick={go}>
              {label}
            </Button>
          </div>
        </Dialog>
      </Dialog.Root>
    </>
  )
}
