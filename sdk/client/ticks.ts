/** Brings together what is asked in one turn of the event loop: one request for all of it, and one question once. */
import type { AccessAnswer } from '../../schema/calls.ts'
import type { Connection, Question } from '../contract.ts'
import { SluiceError } from './error.ts'
import { keyOf } from './question.ts'
import { unreadable } from './reply.ts'

/** What one request of the batch route takes. */
const ITEMS_MAX = 1_000

/** Each may need a consistency token, of which a request carries 20; one is the catalogue's. */
const CUSTOMERS_MAX = 19

type Settle = (answer: AccessAnswer | Promise<AccessAnswer>) => void

interface Asked {
  readonly question: Question
  readonly answer: Promise<AccessAnswer>
  readonly settle: Settle
}

/** Asks one question for itself. */
export type AskOne = (question: Question) => Promise<AccessAnswer>

/**
 * A way to ask that waits for the end of the turn.
 *
 * @param canBatch A customer's token may not ask about many at once.
 */
export function ticks(connection: Connection, askOne: AskOne, canBatch: boolean): AskOne {
  let waiting = new Map<string, Asked>()
  const flush = (): void => {
    const asked = [...waiting.values()]
    waiting = new Map()
    if (!canBatch) return settleEach(askOne, asked)
    for (const chunk of chunksOf(asked)) void askMany(connection, askOne, chunk)
  }
  return (question) => {
    const key = keyOf(question)
    const known = waiting.get(key)
    if (known) return known.answer
    if (waiting.size === 0) queueMicrotask(flush)
    let settle: Settle = () => undefined
    const answer = new Promise<AccessAnswer>((resolve) => (settle = resolve))
    waiting.set(key, { question, answer, settle })
    return answer
  }
}

/** `confirm` makes each answer as good as that of a single question. */
async function askMany(
  connection: Connection,
  askOne: AskOne,
  asked: readonly Asked[],
): Promise<void> {
  try {
    if (asked.length === 1) return settleEach(askOne, asked)
    const items = asked.map(({ question }) => question)
    const { body, status } = await connection.send<Partial<Answers>>({
      method: 'POST',
      path: '/v1/access/batch?confirm=true',
      body: { items },
      idempotencyKey: null,
      customerIds: asked.map(idOf),
    })
    if (body.results?.length !== asked.length) throw unreadable(status, true)
    for (const [at, each] of body.results.entries()) asked[at]?.settle(each)
  } catch (problem) {
    // What is wrong with one of them must not keep the others from their answers.
    const isShared = problem instanceof SluiceError && problem.retryable
    if (!isShared || problem.code === 'consistency_unavailable') settleEach(askOne, asked)
    else for (const { settle } of asked) settle(Promise.reject(problem))
  }
}

interface Answers {
  readonly results: readonly AccessAnswer[]
}

function settleEach(askOne: AskOne, asked: readonly Asked[]): void {
  for (const { question, settle } of asked) settle(askOne(question))
}

/** Pieces that one request takes, each customer's questions together. */
function chunksOf(asked: readonly Asked[]): readonly (readonly Asked[])[] {
  const chunks: Asked[][] = []
  let customers = new Set<string>()
  for (const each of asked.toSorted((one, other) => idOf(one).localeCompare(idOf(other)))) {
    const chunk = chunks.at(-1)
    if (chunk && chunk.length < ITEMS_MAX && customers.add(idOf(each)).size <= CUSTOMERS_MAX) {
      chunk.push(each)
    } else {
      chunks.push([each])
      customers = new Set([idOf(each)])
    }
  }
  return chunks
}

function idOf({ question }: Asked): string {
  return question.customerId ?? ''
}
