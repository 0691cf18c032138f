import { Button } from '@cloudflare/kumo/components/button'
import { lazy, Suspense, useState } from 'react'
import { useMay } from '../shell/session-context.ts'

const NewCustomer = lazy(async () => ({
  default: (await import('./new-customer.tsx')).NewCustomer,
}))

/** The way to a customer that the application has not made. */
export function MakeCustomer() {
  const mayMake = useMay('customers')
  const [isMaking, setMaking] = useState(false)
  return (
    <>
      <Button variant="primary" disabled={!mayMake} onClick={() => setMaking(true)}>
        New customer
      </Button>
      <Suspense>{isMaking ? <NewCustomer onClose={() => setMaking(false)} /> : null}</Suspense>
    </>
  )
}
