/** A customer's own clock, as the Worker meets it: in snapshots and in SQL. */
import { ownClock, type TestClocks } from '../durable-objects/own-clock.ts'
import { decodeSnapshot, type Snapshot } from '../schema/snapshot.ts'

/** The snapshot in a text, its customer as this deployment knows it; null where none can be read. */
export function readSnapshot(clocks: TestClocks, text: string): Snapshot | null {
  const snapshot = decodeSnapshot(text)
  return snapshot && { ...snapshot, customer: ownClock(clocks, snapshot.customer) }
}

/** The customer's clock in a query of `customers`; NULL for everybody where there are no test clocks. */
export function clockIn({ testClocks }: TestClocks): string {
  return testClocks ? 'customers.clock_at' : 'NULL'
}
