import { Button } from '@cloudflare/kumo/components/button'
import { Dialog } from '@cloudflare/kumo/components/dialog'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import {
  type CataloguePreview,
  patchPlan,
  type Plan,
  type PlanPatch,
  tryPlanPatch,
} from '../api/catalogue.ts'
import { Problem } from '../api/request.ts'
import { Broken } from '../parts/broken.tsx'
import { Waiting } from '../parts/waiting.tsx'

/** Whom an edit reaches and what they gain and lose, before it is saved. */
export function Review(props: {
  readonly plan: Plan
  readonly patch: PlanPatch
  readonly onClose: () => void
}) {
  const { plan, patch, onClose } = props
  const queries = useQueryClient()
  const preview = useQuery({
    queryKey: ['preview', plan.id, plan.revision, patch],
    queryFn: () => tryPlanPatch(plan.id, patch),
    staleTime: 0,
  })
  const saving = useMutation({
    mutationFn: () => patchPlan(plan, patch),
    onSuccess: async () => {
      onClose()
      await queries.invalidateQueries()
    },
  })
  return (
    <Dialog.Root open onOpenChange={(open) => (open ? undefined : onClose())}>
      <Dialog className="p-6" size="lg">
        <Dialog.Title className="mb-4 text-xl font-semibold">Before it is saved</Dialog.Title>
        {preview.isError ? (
          <Broken error={preview.error} />
        ) : preview.isPending ? (
          <Waiting lines={4} />
        ) : (
          <Impact preview={preview.data} />
        )}
        {saving.isError ? <p role="alert">{saidOf(saving.error)}</p> : null}
        <div className="mt-4 flex justify-end gap-2">
          <Button onClick={onClose}>Go on editing</Button>
          <Button
            variant="primary"
            disabled={!preview.isSuccess}
            loading={saving.isPending}
            onClick={() => saving.mutate()}
          >
            Save
          </Button>
        </div>
      </Dialog>
    </Dialog.Root>
  )
}

function Impact({ preview }: { readonly preview: CataloguePreview }) {
  const { plans, customers, gains, losses, overLimit, examples, exact } = preview
  return (
    <div className="flex flex-col gap-3">
      <p>
        {plans.length === 0
          ? 'No plan would give anything else than now.'
          : `${counted(plans.length, 'plan')} would change: ${plans.join(', ')}.`}
      </p>
      <dl className="grid grid-cols-2 gap-x-4 gap-y-1">
        <Count label="Customers who hold them" count={customers} />
        <Count label="Features gained" count={gains} />
        <Count label="Features lost" count={losses} />
        <Count label="Customers over a limit afterwards" count={overLimit} />
      </dl>
      {exact ? null : <p className="text-kumo-subtle">Some of it was counted by summaries.</p>}
      {examples.length === 0 ? null : (
        <ul aria-label="Examples" className="max-h-48 overflow-auto">
          {examples.map((example) => (
            <li key={example.customerId}>
              <Link
                to="/customers/$customerId"
                params={{ customerId: example.customerId }}
                className="underline"
              >
                <bdi>{example.customerId}</bdi>
              </Link>
              {said(' would be over the limit of ', example.overLimit)}
              {said(' loses ', example.losses)}
              {said(' gains ', example.gains)}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function Count({ label, count }: { readonly label: string; readonly count: number }) {
  return (
    <>
      <dt>{label}</dt>
      <dd className="text-right font-semibold tabular-nums">{count.toLocaleString('en')}</dd>
    </>
  )
}

function said(words: string, featureIds: readonly string[]): string {
  return featureIds.length === 0 ? '' : `${words}${featureIds.join(', ')};`
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}

function saidOf(error: Error): string {
  return error instanceof Problem && error.code === 'revision_mismatch'
    ? 'Somebody else has changed this plan meanwhile. Close, look at it anew, and edit again.'
    : error.message
}
