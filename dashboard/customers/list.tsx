import { LayerCard } from '@cloudflare/kumo/components/layer-card'
import { Table } from '@cloudflare/kumo/components/table'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { catalogueQuery } from '../api/catalogue.ts'
import {
  type CustomerFilter,
  customersQuery,
  type ListedCustomer,
  type Page,
} from '../api/customers.ts'
import { STATUSES } from '../api/subscriptions.ts'
import { Broken } from '../parts/broken.tsx'
import { useEndedCursor } from '../parts/cursor.ts'
import { FirstSteps } from '../parts/first-steps.tsx'
import { Narrowing } from '../parts/narrowing.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { SearchField } from '../parts/search-field.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { worded } from '../parts/words.ts'
import { CustomerRow } from './list-row.tsx'
import { MakeCustomer } from './make.tsx'
import { SaveAll } from './save-all.tsx'

const FROM = '/customers'

/** Finds customers; the address holds the filters. */
export function CustomersPage() {
  const filter: CustomerFilter = useSearch({ from: FROM })
  const customers = useQuery(customersQuery(filter))
  const navigate = useNavigate({ from: FROM })
  const isEnded = useEndedCursor(
    customers.error,
    () => void navigate({ search: { ...filter, cursor: undefined }, replace: true }),
  )
  const isSettled = customers.isSuccess && !customers.isPlaceholderData
  const isEmpty = customers.data?.data.length === 0
  return (
    <>
      <PageHead
        title="Customers"
        actions={
          <>
            <SaveAll filter={filter} disabled={!isSettled || isEmpty} />
            <MakeCustomer />
          </>
        }
      />
      <Filters filter={filter} />
      {customers.isError && !isEnded ? (
        <Broken error={customers.error} reset={() => void customers.refetch()} />
      ) : customers.data === undefined ? (
        <Waiting />
      ) : (
        <Rows filter={filter} page={customers.data} />
      )}
    </>
  )
}

function Filters({ filter }: { readonly filter: CustomerFilter }) {
  const navigate = useNavigate({ from: FROM })
  const catalogue = useQuery(catalogueQuery)
  const narrow = (change: CustomerFilter) =>
    void navigate({
      search: (before) => ({ ...before, cursor: undefined, ...change }),
      replace: true,
    })
  return (
    <search className="mb-4 flex flex-wrap items-end gap-3">
      <SearchField
        label="Begins with"
        placeholder="id, name or e-mail"
        value={filter.q}
        onSearch={(q) => narrow({ q })}
      />
      <Narrowing
        none="any"
        label="Plan"
        value={filter.planId}
        options={(catalogue.data?.plans ?? []).map(
          ({ id, name }) => [id, `${name} (${id})`] as const,
        )}
        onChoose={(planId) => narrow({ planId })}
      />
      <Narrowing
        none="any"
        label="Status"
        value={filter.status}
        options={STATUSES.map((status) => [status, worded(status)])}
        onChoose={(status) => narrow({ status })}
      />
      <Narrowing
        none="any"
        label="Limits"
        value={filter.overLimit}
        options={[['true', 'over a limit']]}
        onChoose={(overLimit) => narrow({ overLimit })}
      />
      <Narrowing
        none="any"
        label="Overrides"
        value={filter.overridden}
        options={[['true', 'overridden']]}
        onChoose={(overridden) => narrow({ overridden })}
      />
    </search>
  )
}

function Rows(props: { readonly filter: CustomerFilter; readonly page: Page<ListedCustomer> }) {
  const { filter, page } = props
  const isFiltered = Object.values(filter).some((value) => value !== undefined)
  if (page.data.length === 0 && isFiltered) return <p>Nobody fits these filters.</p>
  if (page.data.length === 0) {
    return (
      <FirstSteps
        title="No customers yet"
        description="Your application makes them, when they sign up."
        command={`curl -X PUT ${location.origin}/v1/customers/acme -H "Authorization: Bearer $KEY"`}
      />
    )
  }
  return (
    <>
      <LayerCard className="overflow-x-auto p-0">
        <Table>
          <Table.Header>
            <Table.Row>
              <Table.Head>Customer</Table.Head>
              <Table.Head>Plans</Table.Head>
              <Table.Head className="hidden sm:table-cell">E-mail</Table.Head>
              <Table.Head className="hidden sm:table-cell">Since</Table.Head>
            </Table.Row>
          </Table.Header>
          <Table.Body>
            {page.data.map((customer) => (
              <CustomerRow key={customer.id} customer={customer} />
            ))}
          </Table.Body>
        </Table>
      </LayerCard>
      <Turning filter={filter} nextCursor={page.nextCursor} />
    </>
  )
}

function Turning(props: { readonly filter: CustomerFilter; readonly nextCursor: string | null }) {
  const { filter, nextCursor } = props
  return (
    <nav aria-label="More customers" className="mt-3 flex gap-2">
      {filter.cursor === undefined ? null : (
        <Link from={FROM} search={{ ...filter, cursor: undefined }}>
          First page
        </Link>
      )}
      {nextCursor === null ? null : (
        <Link from={FROM} search={{ ...filter, cursor: nextCursor }}>
          Next page
        </Link>
      )}
    </nav>
  )
}
