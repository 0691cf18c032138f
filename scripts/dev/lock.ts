import { spawnSync } from 'node:child_process'
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal } from './refusal.ts'

/** Held by the one server of a state folder: two would run the same customer object twice. */
export interface Lock {
  release(): void
}

interface Holder {
  readonly pid: number
  readonly url: string
}

/** Takes the state folder for this process. Refuses while another process that is alive holds it. */
export function lockFolder(folder: string, url: string): Lock {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'dev.lock')
  const mine = `${file}.${process.pid}`
  writeFileSync(mine, JSON.stringify({ pid: process.pid, url } satisfies Holder))
  try {
    while (!linked(mine, file)) removeStale(file, folder)
  } finally {
    rmSync(mine, { force: true })
  }
  return {
    release: () => {
      if (holderOf(file)?.pid === process.pid) rmSync(file, { force: true })
    },
  }
}

/** A link appears whole or not at all, so that no reader sees half a lock. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/**
 * Moves the lock away before looking at it a second time: of two starts that find the same stale lock, the slower
 * may have got hold of the faster one's new lock, and puts it back.
 */
function removeStale(file: string, folder: string): void {
  refuseIfHeld(file, folder)
  const moved = `${file}.stale.${process.pid}`
  try {
    renameSync(file, moved)
  } catch {
    return
  }
  try {
    refuseIfHeld(moved, folder)
  } catch (refusal) {
    linked(moved, file)
    throw refusal
  } finally {
    rmSync(moved, { force: true })
  }
}

function refuseIfHeld(file: string, folder: string): void {
  const holder = holderOf(file)
  if (holder === null || !isServing(holder.pid)) return
  throw new Refusal(
    `${folder} is in use: process ${holder.pid} serves it at ${holder.url}.\n` +
      `Stop that one (kill ${holder.pid}), or start with --persist-to and another folder.`,
  )
}

function holderOf(file: string): Holder | null {
  try {
    const holder: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof holder !== 'object' || holder === null) return null
    const { pid, url } = { pid: null, url: null, ...holder }
    return typeof pid === 'number' ? { pid, url: String(url) } : null
  } catch {
    return null
  }
}

/** Alive, and such a server: after a crash or a reboot the number may belong to any other program. */
function isServing(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
  const ps = spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' })
  return ps.status !== 0 || ps.stdout.includes('scripts/dev.mjs')
}
