/** Processes and their processor time, from Linux's /proc. */
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Process {
  readonly pid: number
  readonly parent: number
  readonly name: string
  /** Processor time of all of its threads. */
  readonly cpuMs: number
}

/** Of one stretch of time. */
export interface Load {
  readonly ms: number
  /** Processor time of workerd. */
  readonly serverMs: number
  /** The part of the whole machine that others took, 0 to 1. */
  readonly foreign: number
}

/** Linux counts in hundredths of a second. */
const TICK_MS = 10
const LOOK_MS = 2_000

/** A process and everything that it started. */
export function processesUnder(root: number): readonly Process[] {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? readProcess(name) : []))
  const childrenOf = Map.groupBy(all, ({ parent }) => parent)
  const under = (pid: number): readonly Process[] =>
    (childrenOf.get(pid) ?? []).flatMap((child) => [child, ...under(child.pid)])
  return [...all.filter(({ pid }) => pid === root), ...under(root)]
}

/** Begins to watch the machine; the answer ends it and says what happened meanwhile. */
export function watch(server: number): () => Load {
  const before = sample(server)
  return () => {
    const after = sample(server)
    const ms = after.at - before.at
    const foreignMs = Math.max(0, after.busyMs - before.busyMs - (after.ownMs - before.ownMs))
    return {
      ms,
      serverMs: after.serverMs - before.serverMs,
      foreign: foreignMs / (ms * availableParallelism()),
    }
  }
}

/** The part of the machine that others take now, before anything of ours runs. */
export async function foreignNow(): Promise<number> {
  const end = watch(process.pid)
  await sleep(LOOK_MS)
  return end().foreign
}

/** Whether the operating system tells what is needed. */
export function canWatch(): boolean {
  return process.platform === 'linux'
}

function sample(server: number) {
  const own = processesUnder(process.pid)
  return {
    at: performance.now(),
    busyMs: busyMs(),
    ownMs: own.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    serverMs: own.find(({ pid }) => pid === server)?.cpuMs ?? 0,
  }
}

/** Everything but idling and waiting for disks, of all processors; what a hypervisor took away included. */
function busyMs(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n')
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return (user + nice + system + irq + softirq + steal) * TICK_MS
}

function readProcess(pid: string): readonly Process[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const end = text.lastIndexOf(')')
    const fields = text.slice(end + 2).split(' ')
    const [parent, user, system] = [fields[1], fields[11], fields[12]].map(Number)
    return [
      {
        pid: Number(pid),
        parent: parent ?? 0,
        name: text.slice(text.indexOf('(') + 1, end),
        cpuMs: ((user ?? 0) + (system ?? 0)) * TICK_MS,
      },
    ]
  } catch {
    // It has ended.
    return []
  }
}
