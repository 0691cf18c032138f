import { Badge } from '@cloudflare/kumo/components/badge'
import { Button } from '@cloudflare/kumo/components/button'
import { LayerCard } from '@cloudflare/kumo/components/layer-card'
import { Table } from '@cloudflare/kumo/components/table'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { Feature } from '../api/catalogue.ts'
import { useFirst } from '../parts/first.tsx'
import { Narrowing } from '../parts/narrowing.tsx'
import { SearchField } from '../parts/search-field.tsx'
import type { Edit, Edits } from './edits.ts'
import { MarkOf } from './marks.tsx'
import { type Given, statementText } from './resolve.ts'

interface Editing {
  readonly planId: string
  readonly given: ReadonlyMap<string, Given>
  /** What the plan would give without statements of its own. */
  readonly parent: ReadonlyMap<string, Given>
  readonly changed: Edits
  readonly disabled: boolean
  readonly onEdit: (feature: Feature) => void
  readonly onChange: (feature: Feature, change: Edit) => void
  readonly onUndo: (feature: Feature) => void
}

const FROM = '/plans/$planId'

/** Which features to look at, as the address has it. */
const KINDS = {
  given: 'in the plan',
  stated: 'said here',
  unsaved: 'not saved yet',
  absent: 'not in the plan',
} as const

type Kind = keyof typeof KINDS

/** What a plan gives, feature by feature, with what can be done about each. */
export function Allowances({
  features,
  ...editing
}: Editing & { readonly features: readonly Feature[] }) {
  const { q = '', kind } = useSearch({ from: FROM })
  // Gathered before anything is edited, so that a row stays where it is while one works on it.
  const [given] = useState(editing.given)
  const sought = q.toLowerCase()
  const isShown = ({ id, name, archivedAt }: Feature) =>
    (editing.given.has(id) || archivedAt === null) &&
    `${id} ${name}`.toLowerCase().includes(sought) &&
    (!isKind(kind) || isOf(kind, id, editing))
  const found = features
    .filter(isShown)
    .toSorted((a, b) => Number(given.has(b.id)) - Number(given.has(a.id)))
  const { first, more } = useFirst(found)
  return (
    <>
      <Narrow count={found.length} />
      <LayerCard className="overflow-x-auto p-0">
        <Table>
          <Table.Header>
            <Table.Row>
              <Table.Head>Feature</Table.Head>
              <Table.Head>What the plan gives, and how to change it</Table.Head>
            </Table.Row>
          </Table.Header>
          <Table.Body>
            {first.map((feature) => (
              <Row key={feature.id} feature={feature} {...editing} />
            ))}
          </Table.Body>
        </Table>
      </LayerCard>
      {more}
    </>
  )
}

function isKind(kind: string | undefined): kind is Kind {
  return kind !== undefined && kind in KINDS
}

function isOf(kind: Kind, featureId: string, editing: Editing): boolean {
  const { given, planId, changed } = editing
  const own = given.get(featureId)
  const isGiven = has(own)
  switch (kind) {
    case 'given':
      return isGiven
    case 'stated':
      return own?.from.id === planId
    case 'unsaved':
      return changed.has(featureId)
    case 'absent':
      return !isGiven
  }
}

function has(given: Given | undefined): boolean {
  return given !== undefined && !('removed' in given.statement)
}

function Narrow({ count }: { readonly count: number }) {
  const search = useSearch({ from: FROM })
  const navigate = useNavigate({ from: FROM })
  const narrow = (change: {
    readonly q?: string | undefined
    readonly kind?: string | undefined
  }) => void navigate({ search: (before) => ({ ...before, ...change }), replace: true })
  return (
    <search className="mb-4 flex flex-wrap items-end gap-3">
      <SearchField
        label="Features with"
        placeholder="id or name"
        value={search.q}
        onSearch={(q) => narrow({ q })}
      />
      <Narrowing
        label="Which"
        none="all"
        value={isKind(search.kind) ? search.kind : undefined}
        options={Object.entries(KINDS)}
        onChoose={(kind) => narrow({ kind })}
      />
      <span role="status" className="ml-auto self-center text-sm text-kumo-subtle">
        {count} {count === 1 ? 'feature' : 'features'}
      </span>
    </search>
  )
}

function Row({ feature, ...editing }: Editing & { readonly feature: Feature }) {
  const given = editing.given.get(feature.id)
  return (
    <Table.Row>
      <Table.Cell>
        <Link to="/features/$featureId" params={{ featureId: feature.id }}>
          <bdi>{feature.name}</bdi>
        </Link>
      </Table.Cell>
      <Table.Cell>
        <div className="flex flex-wrap items-center justify-between gap-2">
          <span className="break-all">
            {given === undefined ? '–' : statementText(given.statement, feature)}
            {given === undefined ? null : <MarkOf given={given} />}
            {editing.changed.has(feature.id) ? <Badge className="ml-2">not saved</Badge> : null}
          </span>
          <Acts feature={feature} {...editing} />
        </div>
      </Table.Cell>
    </Table.Row>
  )
}

function Acts(props: Editing & { readonly feature: Feature }) {
  const { planId, feature, given, parent, changed, disabled, onEdit, onChange, onUndo } = props
  const own = given.get(feature.id)
  const act = (label: string, onClick: () => void) => (
    <Button
      size="sm"
      variant="ghost"
      disabled={disabled}
      aria-label={`${label}: ${feature.name}`}
      onClick={onClick}
    >
      {label}
    </Button>
  )
  return (
    <span className="flex flex-wrap gap-1">
      {act(has(own) ? 'Edit' : 'Add', () => onEdit(feature))}
      {own?.from.id === planId
        ? act(parent.has(feature.id) ? 'Inherit again' : 'Take out', () => onChange(feature, null))
        : null}
      {own?.mark === 'inherited'
        ? act('Remove here', () => onChange(feature, { removed: true }))
        : null}
      {changed.has(feature.id) ? act('Undo', () => onUndo(feature)) : null}
    </span>
  )
}
