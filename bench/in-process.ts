/** Checks in this very process, as a client that evaluates copies gives them, beside looking up an answer that is kept. */
import { invariant } from '../entitlements/invariant.ts'
import { local } from '../sdk/local.ts'
import { inMemorySluice } from '../sdk/testing.ts'
import { customerName } from './job.ts'
import { CATALOGUE, FEATURES } from './shop.ts'

/** One way of asking, in one round. */
export interface InProcess {
  readonly title: string
  /** Processor time of one check, in each round. */
  readonly cpuNs: readonly number[]
}

/** What `--only` may name. */
export const IN_PROCESS = 'local'

const CUSTOMERS = 10
const CHECKS = 400_000

/** The floor first. Customers and features are asked about in turn. */
export async function measureInProcess(rounds: number): Promise<readonly InProcess[]> {
  const ids = Array.from({ length: CUSTOMERS }, (_, index) => customerName(index))
  const customers = ids.map((id) => ({ id, subscriptions: [{ planId: 'pro' }] }))
  const memory = inMemorySluice({ catalogue: CATALOGUE, customers })
  const sluice = local(memory)
  await sluice.hold(ids)
  const questions = ids.flatMap((customerId) =>
    FEATURES.map((featureId) => ({ customerId, featureId })),
  )
  const kept = new Map(
    ids.map((customerId) => [
      customerId,
      new Map(FEATURES.map((featureId) => [featureId, sluice.checkNow({ customerId, featureId })])),
    ]),
  )
  const ways: readonly Way[] = [
    {
      title: 'a kept answer, looked up',
      ask: ({ customerId, featureId }) => kept.get(customerId)?.get(featureId)?.hasAccess === true,
    },
    { title: '**hasAccessNow**', ask: (question) => sluice.hasAccessNow(question) === true },
    { title: '**checkNow**', ask: (question) => sluice.checkNow(question)?.hasAccess === true },
  ]
  const figures = ways.map((way) => ({ ...way, cpuNs: [] as number[] }))
  // Each once before anything counts, so that all of it is compiled.
  for (const { ask } of ways) cpuNsOf(ask, questions)
  for (let round = 1; round <= rounds; round += 1) {
    for (const { ask, cpuNs } of figures) cpuNs.push(cpuNsOf(ask, questions))
  }
  sluice.close()
  return figures
}

interface Question {
  readonly customerId: string
  readonly featureId: string
}

interface Way {
  readonly title: string
  readonly ask: (question: Question) => boolean
}

function cpuNsOf(ask: Way['ask'], questions: readonly Question[]): number {
  const before = process.cpuUsage()
  let granted = 0
  for (let check = 0; check < CHECKS; check += questions.length) {
    for (const question of questions) if (ask(question)) granted += 1
  }
  const { user, system } = process.cpuUsage(before)
  invariant(granted === CHECKS, 'everything that is asked is granted in process')
  return ((user + system) * 1_000) / CHECKS
}
