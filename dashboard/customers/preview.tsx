import { Table } from '@cloudflare/kumo/components/table'
import type { EntitlementAnswer } from '../api/entitlements.ts'
import type { SubscriptionPreview } from '../api/subscriptions.ts'
import { exact } from '../parts/when.tsx'
import { counted, isolated } from '../parts/words.ts'

interface Named {
  readonly id: string
  readonly name: string
}

/** What a change would do to its customer: gained, lost, over a limit, and each answer before and after. */
export function PreviewOfChange(props: {
  readonly preview: SubscriptionPreview
  readonly features: readonly Named[]
}) {
  const { preview, features } = props
  const names = new Map(features.map(({ id, name }) => [id, name]))
  const nameOf = (id: string) => names.get(id) ?? id
  const { at, gains, losses, overLimit, changes } = preview
  return (
    <div className="flex flex-col gap-2">
      <p>As of {exact(at)}:</p>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
        <Names label="Gained" ids={gains} nameOf={nameOf} />
        <Names label="Lost" ids={losses} nameOf={nameOf} />
        <Names label="Over its limit" ids={overLimit} nameOf={nameOf} />
      </dl>
      {changes.length === 0 ? (
        <p>No answer would be another.</p>
      ) : (
        <div className="max-h-64 overflow-auto" tabIndex={0} role="group" aria-label="Changed">
          <Table aria-label="What would change">
            <Table.Header>
              <Table.Row>
                <Table.Head>Feature</Table.Head>
                <Table.Head>Now</Table.Head>
                <Table.Head>Afterwards</Table.Head>
              </Table.Row>
            </Table.Header>
            <Table.Body>
              {changes.map(({ featureId, before, after }) => (
                <Table.Row key={featureId}>
                  <Table.Cell className="break-words">
                    <bdi>{nameOf(featureId)}</bdi>
                  </Table.Cell>
                  <Table.Cell className="break-words">{saidBriefly(before)}</Table.Cell>
                  <Table.Cell className="break-words">{saidBriefly(after)}</Table.Cell>
                </Table.Row>
              ))}
            </Table.Body>
          </Table>
        </div>
      )}
    </div>
  )
}

function Names(props: {
  readonly label: string
  readonly ids: readonly string[]
  readonly nameOf: (id: string) => string
}) {
  const { label, ids, nameOf } = props
  return (
    <>
      <dt className="text-kumo-subtle">{label}</dt>
      <dd className="min-w-0 break-words">
        {ids.length === 0 ? 'nothing' : ids.map((id) => isolated(nameOf(id))).join(', ')}
      </dd>
    </>
  )
}

/** One entitlement in a few words. */
function saidBriefly({ hasAccess, limit, used, value }: EntitlementAnswer): string {
  if (limit !== undefined) {
    const of = limit === 'unlimited' ? 'unlimited' : `of ${counted(limit)}`
    return `${counted(used ?? 0)} used, ${of}${hasAccess ? '' : ': no access'}`
  }
  if (!hasAccess) return 'no access'
  return value === undefined ? 'access' : JSON.stringify(value)
}
