import { Badge } from '@cloudflare/kumo/components/badge'
import { Table } from '@cloudflare/kumo/components/table'
import { Link } from '@tanstack/react-router'
import type { ListedCustomer } from '../api/customers.ts'
import { When } from '../parts/when.tsx'
import { worded } from '../parts/words.ts'

/** One customer in the list: who, on which plans, and whether something is out of the ordinary; on phones no more. */
export function CustomerRow({ customer }: { readonly customer: ListedCustomer }) {
  const { id, name, email, createdAt, overLimit, overridden } = customer
  return (
    <Table.Row>
      <Table.Cell className="max-w-80 min-w-40 break-words">
        <Link
          to="/customers/$customerId"
          params={{ customerId: id }}
          className="text-kumo-link underline"
        >
          <bdi>{name ?? id}</bdi>
        </Link>
        {name === null ? null : <div className="text-kumo-subtle">{id}</div>}
      </Table.Cell>
      <Table.Cell className="min-w-40">
        <Held plans={customer.plans} />
        <div className="flex flex-wrap gap-1">
          {overLimit ? <Badge variant="error">over a limit</Badge> : null}
          {overridden ? <Badge variant="info">overridden</Badge> : null}
        </div>
      </Table.Cell>
      <Table.Cell className="hidden break-all sm:table-cell">{email ?? '–'}</Table.Cell>
      <Table.Cell className="hidden sm:table-cell">
        <When at={createdAt} />
      </Table.Cell>
    </Table.Row>
  )
}

/** What it has subscribed to; the default plan, which nobody subscribes to, is not among it. */
function Held({ plans }: { readonly plans: ListedCustomer['plans'] }) {
  if (plans.length === 0) return <span className="text-kumo-subtle">none</span>
  return (
    <ul>
      {plans.map(({ planId, status }, at) => (
        <li key={at} className="break-words">
          {planId}
          {status === 'active' ? null : (
            <Badge variant={status === 'past_due' ? 'warning' : 'outline'} className="ml-2">
              {worded(status)}
            </Badge>
          )}
        </li>
      ))}
    </ul>
  )
}
