/** The object's one alarm. */
import type { Instant } from '../entitlements/instant.ts'
import type { ObjectContext } from './memory.ts'

/** Sees that the object is awake at `at`. Only ever moves the alarm forward: a ring too early is cheap, a write is not. */
export function ringBy({ memory, storage }: ObjectContext, at: Instant | null): void {
  if (at === null || (memory.alarm.at !== null && memory.alarm.at <= at)) return
  memory.alarm.at = at
  // Not waited for: the write joins the commit, and the output gate holds every answer until both are on disk.
  void storage.setAlarm(at)
}
