import { Badge } from '@cloudflare/kumo/components/badge'
import { LayerCard } from '@cloudflare/kumo/components/layer-card'
import { Table } from '@cloudflare/kumo/components/table'
import type { Explanation } from '../api/explanation.ts'
import { Fact } from '../parts/fact.tsx'
import { exact, When } from '../parts/when.tsx'
import { counted, worded } from '../parts/words.ts'
import { Otherwise, Overriding } from './otherwise.tsx'
import { Part, PlanLink } from './part.tsx'
import { Reading } from './reading.tsx'

type Source = Explanation['sources'][number]

/** An answer, the rules that led to it, what it burns, and what would make it another. */
export function Explained({ explanation }: { readonly explanation: Explanation }) {
  return (
    <div className="flex flex-col gap-6">
      <Verdict explanation={explanation} />
      <Steps steps={explanation.steps ?? []} />
      <Sources sources={explanation.sources} />
      <Overriding explanation={explanation} />
      <Lots lots={explanation.lots ?? []} />
      <Otherwise explanation={explanation} />
      <Freshness explanation={explanation} />
    </div>
  )
}

function Verdict({ explanation }: { readonly explanation: Explanation }) {
  const { hasAccess, reason, featureId, sources, warnings } = explanation
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-3">
        <Badge variant={hasAccess ? 'success' : 'error'}>
          {hasAccess ? 'Has access' : 'No access'}
        </Badge>
        <span>because: {worded(reason)}</span>
        {sources.length === 0 ? null : <Reading entitlement={explanation} name={featureId} />}
      </div>
      {warnings.map(({ code, message }) => (
        <p key={code}>{message}</p>
      ))}
    </div>
  )
}

function Steps({ steps }: { readonly steps: NonNullable<Explanation['steps']> }) {
  return (
    <Part title="Step by step">
      <ol aria-label="Steps" className="flex flex-col gap-2">
        {steps.map(({ rule, detail }, at) => (
          // oxlint-disable-next-line react/no-array-index-key -- the place in the list is what tells steps apart
          <li key={at} className="grid gap-x-4 sm:grid-cols-[8rem_1fr]">
            <span className="text-kumo-subtle">{worded(rule)}</span>
            <span className="min-w-0 break-words">{detail}</span>
          </li>
        ))}
      </ol>
    </Part>
  )
}

function Sources({ sources }: { readonly sources: readonly Source[] }) {
  if (sources.length === 0) return null
  return (
    <Part title="What gives it">
      <ul className="flex flex-col gap-1">
        {sources.map((source) => (
          <li key={JSON.stringify(source)} className="break-words">
            <Chain source={source} />
          </li>
        ))}
      </ul>
    </Part>
  )
}

/** Subscription → plan → ancestor, or the override. */
function Chain({ source }: { readonly source: Source }) {
  const { kind, planId, inheritedFrom, subscriptionId, expiresAt } = source
  return (
    <>
      {worded(kind)}
      {subscriptionId === undefined ? null : (
        <>
          : <code>{subscriptionId}</code>
        </>
      )}
      {planId === undefined ? null : (
        <>
          {' '}
          → <PlanLink planId={planId} />
        </>
      )}
      {inheritedFrom === undefined ? null : (
        <>
          {' '}
          → inherited from <PlanLink planId={inheritedFrom} />
        </>
      )}
      {expiresAt === undefined ? null : ` (until ${exact(expiresAt)})`}
    </>
  )
}

function Lots({ lots }: { readonly lots: NonNullable<Explanation['lots']> }) {
  if (lots.length === 0) return null
  return (
    <Part title="Lots, in the order in which they are used">
      <LayerCard className="overflow-x-auto p-0">
        <Table aria-label="Lots">
          <Table.Header>
            <Table.Row>
              <Table.Head>Kind</Table.Head>
              <Table.Head>Granted</Table.Head>
              <Table.Head>Used</Table.Head>
              <Table.Head>From</Table.Head>
              <Table.Head>Until</Table.Head>
              <Table.Head>Given by</Table.Head>
            </Table.Row>
          </Table.Header>
          <Table.Body>
            {lots.map((lot) => (
              <Table.Row key={JSON.stringify([lot.kind, lot.startAt, lot.endsAt, lot.source])}>
                <Table.Cell>{worded(lot.kind)}</Table.Cell>
                <Table.Cell>{counted(lot.grantedUnits)}</Table.Cell>
                <Table.Cell>{counted(lot.usedUnits)}</Table.Cell>
                <Table.Cell>{exact(lot.startAt)}</Table.Cell>
                <Table.Cell>{lot.endsAt === null ? 'no end' : exact(lot.endsAt)}</Table.Cell>
                <Table.Cell>
                  <Chain source={lot.source} />
                </Table.Cell>
              </Table.Row>
            ))}
          </Table.Body>
        </Table>
      </LayerCard>
    </Part>
  )
}

/** How new the answer is, and where it came from. */
function Freshness({ explanation }: { readonly explanation: Explanation }) {
  const { version, revision, servedFrom, ageMs, asOf, degraded, confirmed, publishedAt } =
    explanation
  return (
    <Part title="How new this is">
      <dl className="grid grid-cols-2 gap-x-6 gap-y-2 text-sm sm:grid-cols-4">
        <Fact label="Version">{version}</Fact>
        <Fact label="Catalogue revision">{revision}</Fact>
        <Fact label="Served from">{servedFrom}</Fact>
        <Fact label="Age">{counted(ageMs)} ms</Fact>
        <Fact label="Confirmed at">
          {confirmed === false ? 'nowhere: it is a copy' : confirmed}
        </Fact>
        <Fact label="Last published">{publishedAt === null ? 'never' : exact(publishedAt)}</Fact>
      </dl>
      <p className="mt-2 text-sm">
        As of <When at={asOf} />
        {degraded ? ': degraded, the source could not be reached.' : '.'}
      </p>
    </Part>
  )
}
