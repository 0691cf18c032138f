import { type Counts } from './counts.ts'
import type { Loader } from './loader.ts'
import type { Runtime } from './runtime.ts'
import type { Scenario } from './scenarios.ts'

/** Requests of one scenario that are counted together. */
const REQUESTS = 512

/** Operations that one request of the scenario needs, on average, once everything is warm. */
export async function count(
  runtime: Runtime,
  loader: Loader,
  { template, customers, connections, worker }: Scenario,
): Promise<Counts> {
  const port = runtime.portOf('counting')
  const job = {
    port,
    template:
      worker === 'forgetful'
        ? { ...template, headers: { ...template.headers, Forget: 'yes' } }
        : template,
    customers: Math.min(customers, COUNTED_CUSTOMERS),
    connections,
    perSecond: null,
  }
  await loader.run({
    ...job,
    template: { ...job.template, expected: '' },
    stop: { afterAnswers: REQUESTS },
  })
  await take(port)
  const { answers } = await loader.run({ ...job, stop: { afterAnswers: REQUESTS } })
  return each(await take(port), answers)
}

/** Customers of the counted service. */
export const COUNTED_CUSTOMERS = 100

async function take(port: number): Promise<Counts> {
  const response = await fetch(`http://127.0.0.1:${port}/counted`)
  // Our own Worker says so, in this very shape.
  return (await response.json()) as Counts
}

function each(counts: Counts, requests: number): Counts {
  return {
    kvReads: counts.kvReads / requests,
    kvWrites: counts.kvWrites / requests,
    d1Queries: counts.d1Queries / requests,
    d1RowsRead: counts.d1RowsRead / requests,
    d1RowsWritten: counts.d1RowsWritten / requests,
    objectCalls: counts.objectCalls / requests,
    objectRowsRead: counts.objectRowsRead / requests,
    objectRowsWritten: counts.objectRowsWritten / requests,
  }
}
