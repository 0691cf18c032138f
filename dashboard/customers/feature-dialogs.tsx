import { type ComponentType, lazy, Suspense } from 'react'
import type { Metered } from '../api/entitlements.ts'
import type { Asked } from './feature-menu.tsx'
import type { Row } from './feature-row.tsx'

/** What was asked of which feature. */
export interface Open {
  readonly asked: Asked
  readonly row: Row
}

/** What a dialog about one feature of one customer is given. */
export interface AboutFeature {
  readonly of: Metered
  readonly row: Row
  readonly onClose: () => void
}

const DIALOGS: Readonly<Record<Asked, ComponentType<AboutFeature>>> = {
  override: lazy(async () => ({ default: (await import('./override.tsx')).OverrideDialog })),
  revert: lazy(async () => ({ default: (await import('./revert.tsx')).RevertDialog })),
  set: lazy(async () => ({ default: (await import('./meter.tsx')).SetDialog })),
  reset: lazy(async () => ({ default: (await import('./meter.tsx')).ResetDialog })),
  usage: lazy(async () => ({ default: (await import('./usage.tsx')).UsageDialog })),
}

/** The dialog that is open, if one is; its code comes when it is asked for. */
export function FeatureDialogs(props: {
  readonly customerId: string
  readonly open: Open | null
  readonly onClose: () => void
}) {
  const { customerId, open, onClose } = props
  if (open === null) return null
  const Dialog = DIALOGS[open.asked]
  const { featureId } = open.row.entitlement
  return (
    <Suspense>
      <Dialog of={{ customerId, featureId }} row={open.row} onClose={onClose} />
    </Suspense>
  )
}
