import { Button } from '@cloudflare/kumo/components/button'
import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import {
  type CustomerFilter,
  type ListedCustomer,
  readCustomers,
  SAVED_MAX,
} from '../api/customers.ts'
import { saveCsv } from '../parts/csv.ts'
import { counted } from '../parts/words.ts'

/** Saves everybody whom the filters leave, however many pages that is, and says how many they were. */
export function SaveAll(props: { readonly filter: CustomerFilter; readonly disabled: boolean }) {
  const { filter, disabled } = props
  const [count, setCount] = useState(0)
  const leaving = useRef(new AbortController())
  useEffect(() => {
    leaving.current = new AbortController()
    return () => leaving.current.abort()
  }, [])
  const saving = useMutation({
    mutationFn: () => readCustomers(filter, { signal: leaving.current.signal, onCount: setCount }),
    onMutate: () => setCount(0),
    onSuccess: ({ customers }) => saveCsv('customers', [COLUMNS, ...customers.map(rowOf)]),
  })
  return (
    <div className="flex flex-col items-end gap-1">
      <Button
        onClick={() => saving.mutate()}
        loading={saving.isPending}
        disabled={disabled || saving.isPending}
      >
        Save as CSV
      </Button>
      <span role="status" className="text-sm text-kumo-subtle">
        {saving.isPending
          ? `${counted(count)} read`
          : saving.isError
            ? `Not saved: ${saving.error.message}`
            : saving.isSuccess
              ? said(saving.data)
              : null}
      </span>
    </div>
  )
}

function said({ customers, isWhole }: Awaited<ReturnType<typeof readCustomers>>): string {
  return isWhole
    ? `${counted(customers.length)} saved`
    : `The first ${counted(SAVED_MAX)} saved: narrow the list for the others`
}

const COLUMNS = ['id', 'name', 'email', 'createdAt', 'plans', 'overLimit', 'overridden'] as const

function rowOf(customer: ListedCustomer) {
  const { id, name, email, createdAt, plans, overLimit, overridden } = customer
  const held = plans.map(({ planId, status }) => `${planId} ${status}`).join('; ')
  return [id, name, email, createdAt, held, overLimit, overridden]
}
