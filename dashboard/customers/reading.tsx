import { Meter } from '@cloudflare/kumo/components/meter'
import type { EntitlementAnswer } from '../api/entitlements.ts'
import { counted } from '../parts/words.ts'

/** What an entitlement gives now: a yes, a value, or how much of a limit is used. */
export function Reading(props: { readonly entitlement: EntitlementAnswer; readonly name: string }) {
  const { entitlement, name } = props
  const { type, value, limit, hasAccess } = entitlement
  if (type === 'meter' && limit !== undefined)
    return <Usage entitlement={entitlement} name={name} />
  if (value !== undefined) return <Value value={value} />
  if (type === 'boolean' && entitlement.sources.length > 0) return <>{hasAccess ? 'on' : 'off'}</>
  return <span className="text-kumo-subtle">–</span>
}

/** Any JSON; long ones over several lines. */
export function Value({ value }: { readonly value: unknown }) {
  return (
    <code className="block max-h-32 max-w-64 overflow-auto text-sm break-all whitespace-pre-wrap">
      <bdi>{JSON.stringify(value, null, typeof value === 'object' ? 1 : 0)}</bdi>
    </code>
  )
}

function Usage(props: { readonly entitlement: EntitlementAnswer; readonly name: string }) {
  const { limit = 0, used = 0, overage = 0, carried = 0, enforcement } = props.entitlement
  const notes = [
    ...(overage > 0 ? [`${counted(overage)} over the limit`] : []),
    ...(carried > 0 ? [`${counted(carried)} carried over`] : []),
    ...(enforcement === 'soft' ? ['soft'] : []),
  ]
  return (
    <div className="w-36 sm:w-56">
      {limit === 'unlimited' ? (
        <span>{counted(used)} used, unlimited</span>
      ) : (
        <Meter
          label="Used"
          aria-label={`${props.name}: used`}
          value={Math.min(used, limit + carried)}
          max={Math.max(limit + carried, 1)}
          customValue={`${counted(used)} of ${counted(limit)}`}
          {...barOf(used, limit + carried)}
        />
      )}
      {notes.length === 0 ? null : (
        <div className="mt-1 text-sm text-kumo-subtle">{notes.join(' · ')}</div>
      )}
    </div>
  )
}

/** How full it is, in a colour as well; the figures say it in words. */
export function barOf(used: number, granted: number): { readonly indicatorClassName?: string } {
  if (used >= granted)
    return { indicatorClassName: 'from-kumo-danger via-kumo-danger to-kumo-danger' }
  if (used >= granted * NEARLY)
    return { indicatorClassName: 'from-kumo-warning via-kumo-warning to-kumo-warning' }
  return {}
}

/** The share of a limit from which somebody should look. */
export const NEARLY = 0.8
