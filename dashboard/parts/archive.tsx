import { Button } from '@cloudflare/kumo/components/button'
import { Dialog } from '@cloudflare/kumo/components/dialog'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

/** Archives something after asking; what is archived stays valid where it is used. */
export function Archive(props: {
  readonly what: { readonly name: string; readonly archivedAt: string | null }
  readonly disabled: boolean
  readonly archive: () => Promise<unknown>
}) {
  const { what, disabled, archive } = props
  const queries = useQueryClient()
  const [isAsking, setAsking] = useState(false)
  const archiving = useMutation({
    mutationFn: archive,
    onSuccess: async () => {
      setAsking(false)
      await queries.invalidateQueries()
    },
  })
  if (what.archivedAt !== null) return null
  return (
    <>
      <Button disabled={disabled} onClick={() => setAsking(true)}>
        Archive
      </Button>
      <Dialog.Root open={isAsking} onOpenChange={setAsking}>
        <Dialog className="p-6">
          <Dialog.Title className="mb-2 text-xl font-semibold">
            Archive <bdi>{what.name}</bdi>?
          </Dialog.Title>
          <Dialog.Description>
            It stays valid where it is used, and can be attached to nothing new.
          </Dialog.Description>
          {archiving.isError ? (
            <p role="alert" className="mt-2 text-kumo-danger">
              {archiving.error.message}
            </p>
          ) : null}
          <div className="mt-4 flex justify-end gap-2">
            <Dialog.Close render={<Button>Cancel</Button>} />
            <Button
              variant="destructive"
              loading={archiving.isPending}
              onClick={() => archiving.mutate()}
            >
              Archive
            </Button>
          </div>
        </Dialog>
      </Dialog.Root>
    </>
  )
}
