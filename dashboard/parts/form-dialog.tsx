import { Banner } from '@cloudflare/kumo/components/banner'
import { Button } from '@cloudflare/kumo/components/button'
import { Dialog } from '@cloudflare/kumo/components/dialog'
import type { FormEvent, ReactNode } from 'react'
import { Problem } from '../api/request.ts'

/** A change that asks for something first: its fields, what the service refuses, and the button that sends it. */
export function FormDialog(props: {
  readonly title: string
  readonly description?: ReactNode
  readonly action: string
  readonly isDangerous?: boolean
  readonly isSending: boolean
  /** What the service refused; fields that it names show their own part of it. */
  readonly error: Error | null
  readonly canSend?: boolean
  readonly onSend: () => void
  readonly onClose: () => void
  readonly children?: ReactNode
}) {
  const { title, description, children, error, onSend, onClose } = props
  const send = (event: FormEvent) => {
    event.preventDefault()
    onSend()
  }
  return (
    <Dialog.Root open onOpenChange={(open: boolean) => (open ? undefined : onClose())}>
      <Dialog size="lg" className="max-h-[90dvh] max-w-[95vw] overflow-y-auto p-6">
        <Dialog.Title className="mb-2 text-xl font-semibold break-words">
          <bdi>{title}</bdi>
        </Dialog.Title>
        {description === undefined ? null : (
          <Dialog.Description className="text-kumo-subtle" render={<div />}>
            {description}
          </Dialog.Description>
        )}
        <form onSubmit={send} noValidate className="mt-4 flex flex-col gap-4">
          {children}
          {error === null ? null : (
            <div role="alert">
              <Banner variant="error">{error.message}</Banner>
            </div>
          )}
          <Buttons {...props} />
        </form>
      </Dialog>
    </Dialog.Root>
  )
}

function Buttons(props: {
  readonly action: string
  readonly isDangerous?: boolean
  readonly isSending: boolean
  readonly canSend?: boolean
}) {
  const { action, isDangerous = false, isSending, canSend = true } = props
  return (
    <div className="mt-2 flex flex-wrap justify-end gap-2">
      <Dialog.Close render={<Button variant="secondary">Cancel</Button>} />
      <Button
        type="submit"
        variant={isDangerous ? 'destructive' : 'primary'}
        loading={isSending}
        disabled={!canSend}
      >
        {action}
      </Button>
    </div>
  )
}

/** What the service said of one field, as the input below a label takes it; nothing where it said nothing. */
export function fieldError(error: Error | null, pointer: string): { readonly error?: string } {
  const said = saidOf(error, pointer)
  return said === undefined ? {} : { error: `Expected: ${said.expected}` }
}

/** Whether the service said something of a field. */
export function isAbout(error: Error | null, pointer: string): boolean {
  return saidOf(error, pointer) !== undefined
}

function saidOf(error: Error | null, pointer: string) {
  const fields = error instanceof Problem ? error.fields : []
  return fields.find(
    (field) => field.pointer === pointer || field.pointer.startsWith(`${pointer}/`),
  )
}
