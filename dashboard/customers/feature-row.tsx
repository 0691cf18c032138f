import { Badge } from '@cloudflare/kumo/components/badge'
import { Table } from '@cloudflare/kumo/components/table'
import { LightningIcon, LinkSimpleIcon, TimerIcon } from '@phosphor-icons/react'
import { Link } from '@tanstack/react-router'
import type { OverrideAnswer } from '../../schema/wire/override.ts'
import type { EntitlementAnswer } from '../api/entitlements.ts'
import { useNow } from '../parts/clock.ts'
import { When } from '../parts/when.tsx'
import { worded } from '../parts/words.ts'
import { type Asked, FeatureMenu } from './feature-menu.tsx'
import { Reading } from './reading.tsx'

/** One feature as it stands for one customer. */
export interface Row {
  readonly entitlement: EntitlementAnswer
  readonly name: string
  readonly override: OverrideAnswer | undefined
}

/** On a phone what it reads stands below whether there is access, and what is less urgent below that. */
export function FeatureRow(props: {
  readonly row: Row
  readonly isNarrow: boolean
  readonly onAsk: (asked: Asked, row: Row) => void
}) {
  const { row, isNarrow, onAsk } = props
  const { entitlement, name } = row
  const { hasAccess, resetAt, sources } = entitlement
  return (
    <Table.Row>
      <Table.Cell className="max-w-64 min-w-28 align-top wrap-anywhere sm:min-w-36">
        <Named row={row} />
      </Table.Cell>
      <Table.Cell className="min-w-36 align-top">
        <Badge variant={hasAccess ? 'success' : 'error'}>{hasAccess ? 'Yes' : 'No'}</Badge>
        <Why entitlement={entitlement} />
        {isNarrow ? (
          <div className="mt-2 flex max-w-40 flex-col gap-2 wrap-anywhere">
            {sources.length === 0 ? null : <Reading entitlement={entitlement} name={name} />}
            {resetAt == null ? null : (
              <span className="text-sm">
                resets <When at={resetAt} />
              </span>
            )}
            <Origin row={row} />
          </div>
        ) : null}
      </Table.Cell>
      {isNarrow ? null : (
        <>
          <Table.Cell className="align-top">
            <Reading entitlement={entitlement} name={name} />
          </Table.Cell>
          <Table.Cell className="min-w-36 align-top">
            <Resets entitlement={entitlement} />
          </Table.Cell>
          <Table.Cell className="max-w-72 min-w-32 align-top wrap-anywhere">
            <Origin row={row} />
          </Table.Cell>
        </>
      )}
      <Table.Cell sticky="right" className="align-top">
        <FeatureMenu row={row} onAsk={(asked) => onAsk(asked, row)} />
      </Table.Cell>
    </Table.Row>
  )
}

function Named({ row }: { readonly row: Row }) {
  const { featureId, type } = row.entitlement
  return (
    <>
      <bdi className="font-medium">{row.name}</bdi>
      <div className="text-sm text-kumo-subtle">
        <Link
          to="/features/$featureId"
          params={{ featureId }}
          className="break-all text-kumo-link underline"
        >
          {featureId}
        </Link>{' '}
        {type}
      </div>
    </>
  )
}

function Why({ entitlement }: { readonly entitlement: EntitlementAnswer }) {
  const { reason, warnings, hint } = entitlement
  return (
    <div className="mt-1 max-w-56 text-sm break-words text-kumo-subtle">
      {worded(reason)}
      {warnings.map(({ code, message }) => (
        <div key={`${code}${message}`} className="text-kumo-warning">
          {message}
        </div>
      ))}
      {hint === undefined ? null : <div>{hint}</div>}
    </div>
  )
}

function Resets({ entitlement }: { readonly entitlement: EntitlementAnswer }) {
  const { resetAt, limit } = entitlement
  if (resetAt !== undefined && resetAt !== null) return <When at={resetAt} />
  return <span className="text-kumo-subtle">{limit === undefined ? '–' : 'never'}</span>
}

/** What gives it, with the marks of what came down the tree and what was changed for this customer. */
function Origin({ row }: { readonly row: Row }) {
  const { sources, inherited, overridden } = row.entitlement
  return (
    <div className="flex flex-col items-start gap-1">
      {inherited ? (
        <Badge variant="outline" icon={<LinkSimpleIcon aria-hidden />}>
          inherited
        </Badge>
      ) : null}
      {overridden ? (
        <Badge variant="info" icon={<LightningIcon aria-hidden />}>
          overridden
        </Badge>
      ) : null}
      {row.override === undefined ? null : <Exception override={row.override} />}
      {sources.map(({ kind, planId, inheritedFrom, subscriptionId }) => (
        <div key={`${kind} ${planId} ${subscriptionId}`} className="text-sm">
          {kind === 'override' ? 'instead of ' : kind === 'default_plan' ? 'default plan ' : ''}
          {planId === undefined ? 'no plan' : <Plan planId={planId} />}
          {inheritedFrom === undefined ? null : (
            <>
              {' '}
              from <Plan planId={inheritedFrom} />
            </>
          )}
        </div>
      ))}
    </div>
  )
}

/** What was said when the override was made. */
function Exception({ override }: { readonly override: OverrideAnswer }) {
  const { reason, startAt, expiresAt } = override
  const now = useNow()
  return (
    <div className="text-sm">
      {Date.parse(startAt) <= now ? null : (
        <div>
          begins <When at={startAt} />
        </div>
      )}
      {reason === null ? null : (
        <div>
          “<bdi>{reason}</bdi>”
        </div>
      )}
      {expiresAt === null ? null : (
        <div>
          <TimerIcon aria-hidden className="mr-1 inline" />
          expires <When at={expiresAt} />
        </div>
      )}
    </div>
  )
}

function Plan({ planId }: { readonly planId: string }) {
  return (
    <Link to="/plans/$planId" params={{ planId }} className="text-kumo-link underline">
      {planId}
    </Link>
  )
}
