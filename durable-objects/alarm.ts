/** The alarm: the object rings itself awake for what is due. */
import { ringBy } from './bell.ts'
import { arm } from './duties.ts'
import type { ObjectContext } from './memory.ts'
import { doDue } from './tick.ts'

/** After something went wrong that nobody foresaw. */
const RETRY_MS = 60_000
/** A clock that rings before its time so often in a row runs ahead of ours: cron and the next call take over. */
const EARLY_MAX = 3

/**
 * Does what is due and arms the alarm again, last and in any case: an alarm that throws is tried six more times
 * and then never again.
 */
export async function ring(context: ObjectContext): Promise<void> {
  const { memory, ports } = context
  const early = memory.alarm.at !== null && ports.clock.now() < memory.alarm.at
  memory.alarm = { at: null, early: early ? memory.alarm.early + 1 : 0 }
  try {
    await doDue(context)
    if (memory.alarm.early <= EARLY_MAX) arm(context)
  } catch (error) {
    console.error('alarm', error instanceof Error ? error.message : 'failed')
    ringBy(context, ports.clock.now() + RETRY_MS)
  }
}
