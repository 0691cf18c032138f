import { Badge } from '@cloudflare/kumo/components/badge'
import { Button } from '@cloudflare/kumo/components/button'
import { LayerCard } from '@cloudflare/kumo/components/layer-card'
import { Table } from '@cloudflare/kumo/components/table'
import { Link } from '@tanstack/react-router'
import type { Feature } from '../api/catalogue.ts'
import type { Edit, Edits } from './edits.ts'
import { MarkOf } from './marks.tsx'
import { type Given, statementText } from './resolve.ts'

interface Editing {
  readonly given: ReadonlyMap<string, Given>
  /** What the plan would give without statements of its own. */
  readonly parent: ReadonlyMap<string, Given>
  readonly changed: Edits
  readonly disabled: boolean
  readonly onEdit: (feature: Feature) => void
  readonly onChange: (featureId: string, change: Edit) => void
}

/** What a plan gives, feature by feature, with what can be done about each. */
export function Allowances({
  features,
  ...editing
}: Editing & { readonly features: readonly Feature[] }) {
  const shown = features.filter(
    ({ id, archivedAt }) => editing.given.has(id) || archivedAt === null,
  )
  return (
    <LayerCard className="overflow-x-auto p-0">
      <Table>
        <Table.Header>
          <Table.Row>
            <Table.Head>Feature</Table.Head>
            <Table.Head>What the plan gives</Table.Head>
            <Table.Head>Change</Table.Head>
          </Table.Row>
        </Table.Header>
        <Table.Body>
          {shown.map((feature) => (
            <Row key={feature.id} feature={feature} {...editing} />
          ))}
        </Table.Body>
      </Table>
    </LayerCard>
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
        {given === undefined ? '–' : statementText(given.statement, feature)}
        {given === undefined ? null : <MarkOf given={given} />}
        {editing.changed.has(feature.id) ? <Badge className="ml-2">not saved</Badge> : null}
      </Table.Cell>
      <Table.Cell>
        <Acts feature={feature} {...editing} />
      </Table.Cell>
    </Table.Row>
  )
}

function Acts(props: Editing & { readonly feature: Feature }) {
  const { feature, given, parent, disabled, onEdit, onChange } = props
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
      {act(own === undefined ? 'Add' : 'Edit', () => onEdit(feature))}
      {own === undefined || own.mark === 'inherited'
        ? null
        : act(parent.has(feature.id) ? 'Inherit again' : 'Take out', () =>
            onChange(feature.id, null),
          )}
      {own?.mark === 'inherited'
        ? act('Remove here', () => onChange(feature.id, { removed: true }))
        : null}
    </span>
  )
}
