import { Button } from '@cloudflare/kumo/components/button'
import { archivePlan, type Feature, type Plan, restorePlan } from '../api/catalogue.ts'
import { Archive } from '../parts/archive.tsx'

/** What a dialog is asked for. */
export type Asking =
  | { readonly for: 'review' | 'copy' | 'default' }
  | { readonly for: 'allowance'; readonly feature: Feature }

/** What can be done with a plan. */
export function Actions(props: {
  readonly plan: Plan
  readonly isDefault: boolean
  readonly changes: number
  readonly disabled: boolean
  readonly onAsk: (asking: Asking) => void
  readonly onForget: () => void
}) {
  const { plan, isDefault, changes, disabled, onAsk, onForget } = props
  const canBeDefault = plan.kind === 'base' && plan.archivedAt === null
  return (
    <>
      <Archive
        what={plan}
        disabled={disabled}
        archive={() => archivePlan(plan.id)}
        restore={() => restorePlan(plan)}
      />
      {canBeDefault || isDefault ? (
        <Button disabled={disabled} onClick={() => onAsk({ for: 'default' })}>
          {isDefault ? 'Default no more' : 'Make it the default'}
        </Button>
      ) : null}
      <Button disabled={disabled} onClick={() => onAsk({ for: 'copy' })}>
        Duplicate
      </Button>
      {changes === 0 ? null : <Button onClick={onForget}>Forget edits</Button>}
      <Button
        variant="primary"
        disabled={disabled || changes === 0}
        onClick={() => onAsk({ for: 'review' })}
      >
        {changes === 0 ? 'No changes' : `Review ${changes} change${changes === 1 ? '' : 's'}`}
      </Button>
    </>
  )
}
