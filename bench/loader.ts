import { fork } from 'node:child_process'
import { join } from 'node:path'
import { Refusal } from '../scripts/dev/refusal.ts'
import type { Job, Outcome } from './job.ts'

/** The process that makes requests. */
export interface Loader {
  /** Does one job. A request that failed refuses the whole run, and so do more than a few strays. */
  run(job: Job): Promise<Outcome>
  stop(): void
}

/** The part of answers that may be of another kind: a copy that grew old while others were measured. */
const STRAYS_MAX = 0.01

export function startLoader(): Loader {
  const child = fork(join(import.meta.dirname, 'load.ts'), { execArgv: ['--no-warnings'] })
  return {
    run: async (job) => {
      const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
      const onExit = () => reject(new Refusal('The process that makes requests ended.'))
      child.once('exit', onExit)
      child.once('message', (outcome: Outcome) => resolve(outcome))
      child.send(job)
      const outcome = await promise.finally(() => child.off('exit', onExit))
      const { answers, strays, failures, example } = outcome
      if (failures === 0 && strays <= answers * STRAYS_MAX) return outcome
      const { method, path } = job.template
      throw new Refusal(
        `${method} ${path}: of ${answers} answers ${strays} were not of the kind that is measured, and ${failures} requests failed. The first:\n${example}`,
      )
    },
    stop: () => child.disconnect(),
  }
}
