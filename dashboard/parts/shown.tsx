import { Button } from '@cloudflare/kumo/components/button'
import { Dialog } from '@cloudflare/kumo/components/dialog'
import type { ReactNode } from 'react'

/** Something to look at, or to copy, before one goes on. */
export function Shown(props: {
  readonly title: string
  readonly size?: 'lg' | 'xl'
  readonly onClose: () => void
  readonly children: ReactNode
}) {
  const { title, size = 'lg', onClose, children } = props
  return (
    <Dialog.Root open onOpenChange={(open: boolean) => (open ? undefined : onClose())}>
      <Dialog size={size} className="max-h-[90dvh] max-w-[95vw] overflow-y-auto p-6">
        <Dialog.Title className="mb-4 text-xl font-semibold break-words">
          <bdi>{title}</bdi>
        </Dialog.Title>
        <div className="flex flex-col gap-4">{children}</div>
        <div className="mt-6 flex justify-end">
          <Dialog.Close render={<Button variant="secondary">Close</Button>} />
        </div>
      </Dialog>
    </Dialog.Root>
  )
}
