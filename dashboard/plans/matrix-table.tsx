import { Link } from '@tanstack/react-router'
import { memo, useRef } from 'react'
import type { Feature, Plan } from '../api/catalogue.ts'
import { MarkOf } from './marks.tsx'
import { priceText } from './price.ts'
import { type Given, statementText } from './resolve.ts'
import { type Span, useWindow } from './window.ts'

/** Features by plan, and what each plan gives. */
export interface MatrixTable {
  readonly plans: readonly Plan[]
  readonly features: readonly Feature[]
  readonly given: ReadonlyMap<string, ReadonlyMap<string, Given>>
}

const ROW_PX = 44
const COLUMN_PX = 184

const HEAD =
  'sticky top-0 z-10 h-14 truncate border-b border-kumo-hairline bg-kumo-base p-2 text-left'
const FIRST = 'sticky left-0 truncate bg-kumo-base p-2 text-left font-normal'

/** One row a feature, one column a plan; drawn are those in sight, because there may be hundreds by dozens. */
export function Matrix({ plans, features, given }: MatrixTable) {
  const scroller = useRef<HTMLDivElement>(null)
  const { rows, columns } = useWindow(scroller, {
    rows: features.length,
    columns: plans.length,
    rowPx: ROW_PX,
    columnPx: COLUMN_PX,
  })
  return (
    <div
      ref={scroller}
      role="region"
      aria-label="Features by plan"
      tabIndex={0}
      className="max-h-[65vh] overflow-auto rounded-lg bg-kumo-base ring ring-kumo-hairline"
    >
      <table
        className="table-fixed border-separate border-spacing-0 text-sm [--first:9rem] sm:[--first:14rem]"
        style={{ width: `calc(var(--first) + ${plans.length * COLUMN_PX}px)` }}
        aria-rowcount={features.length + 1}
        aria-colcount={plans.length + 1}
      >
        <Heads plans={plans} columns={columns} />
        <tbody>
          <Gap rows={rows.from} />
          {features.slice(rows.from, rows.to).map((feature, index) => (
            <Row
              key={feature.id}
              feature={feature}
              place={rows.from + index}
              plans={plans}
              from={columns.from}
              to={columns.to}
              given={given}
            />
          ))}
          <Gap rows={features.length - rows.to} />
        </tbody>
      </table>
    </div>
  )
}

function Heads({ plans, columns }: { readonly plans: readonly Plan[]; readonly columns: Span }) {
  return (
    <thead>
      <tr aria-rowindex={1}>
        <th scope="col" aria-colindex={1} className={`${HEAD} left-0 z-20 w-(--first)`}>
          Feature
        </th>
        <Beside as="th" columns={columns.from} />
        {plans.slice(columns.from, columns.to).map((plan, index) => (
          <th
            key={plan.id}
            scope="col"
            aria-colindex={columns.from + index + 2}
            className={HEAD}
            style={{ width: COLUMN_PX }}
            title={plan.name}
          >
            <Link
              to="/plans/$planId"
              params={{ planId: plan.id }}
              className="text-kumo-link underline"
            >
              <bdi>{plan.name}</bdi>
            </Link>
            <div className="truncate text-xs font-normal text-kumo-subtle">
              {plan.id}
              {plan.archivedAt === null ? '' : ' · archived'}
              {plan.prices[0] === undefined ? '' : ` · ${priceText(plan.prices[0])}`}
            </div>
          </th>
        ))}
        <Beside as="th" columns={plans.length - columns.to} />
      </tr>
    </thead>
  )
}

/** Drawn anew only where other plans come into sight. */
const Row = memo(function Row(props: {
  readonly feature: Feature
  /** Among all features, from 0 on. */
  readonly place: number
  readonly plans: readonly Plan[]
  readonly from: number
  readonly to: number
  readonly given: MatrixTable['given']
}) {
  const { feature, place, plans, from, to, given } = props
  return (
    <tr style={{ height: ROW_PX }} aria-rowindex={place + 2}>
      <th scope="row" aria-colindex={1} className={FIRST} title={`${feature.name} (${feature.id})`}>
        <Link to="/features/$featureId" params={{ featureId: feature.id }}>
          <bdi>{feature.name}</bdi>
        </Link>
      </th>
      <Beside as="td" columns={from} />
      {plans.slice(from, to).map((plan, index) => (
        <Cell
          key={plan.id}
          column={from + index + 2}
          feature={feature}
          given={given.get(plan.id)?.get(feature.id)}
        />
      ))}
      <Beside as="td" columns={plans.length - to} />
    </tr>
  )
})

function Cell(props: {
  readonly column: number
  readonly feature: Feature
  readonly given: Given | undefined
}) {
  const { column, feature, given } = props
  if (given === undefined || 'removed' in given.statement) {
    return (
      <td className="p-2 text-kumo-subtle" aria-colindex={column}>
        –<span className="sr-only">not included</span>
        {given === undefined ? null : <MarkOf given={given} />}
      </td>
    )
  }
  const text = statementText(given.statement, feature)
  return (
    <td className="p-2" aria-colindex={column} title={text}>
      <span className="flex">
        <span className="truncate">{text}</span>
        <MarkOf given={given} />
      </span>
    </td>
  )
}

/** The place of rows that are not drawn. */
function Gap({ rows }: { readonly rows: number }) {
  return rows <= 0 ? null : <tr aria-hidden style={{ height: rows * ROW_PX }} />
}

/** The place of columns that are not drawn. */
function Beside({ as: Tag, columns }: { readonly as: 'td' | 'th'; readonly columns: number }) {
  return columns <= 0 ? null : <Tag aria-hidden style={{ width: columns * COLUMN_PX }} />
}
