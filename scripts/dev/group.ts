import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { ROOT } from '../install.mjs'

/** A command together with every process that it starts. */
export interface Group {
  /** Null when `output` is `inherit`. */
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  /** Resolves with the exit code once no process of the group is left. */
  readonly ended: Promise<number>
  /** Ends all of it: asked first, then made to. Resolves when nothing is left. */
  stop(): Promise<void>
}

/** Starts a command as a group of its own, which ends with this process, however this process ends. */
export function startGroup(
  command: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly output: 'inherit' | 'pipe' },
): Group {
  const guard = spawn(process.execPath, [join(import.meta.dirname, 'guard.mjs'), ...command], {
    cwd: ROOT,
    env: options.env,
    detached: true,
    stdio: ['pipe', options.output, options.output],
  })
  const ended = new Promise<number>((resolve) => {
    guard.on('exit', (code) => {
      endRest(guard)
      resolve(code ?? 1)
    })
  })
  return {
    stdout: guard.stdout,
    stderr: guard.stderr,
    ended,
    stop: async () => {
      guard.stdin?.destroy()
      await ended
    },
  }
}

/** The group keeps its number as long as one process is in it, also without its leader. */
function endRest(leader: ChildProcess): void {
  if (leader.pid === undefined) return
  try {
    process.kill(-leader.pid, 'SIGKILL')
  } catch {
    // Nobody was left.
  }
}
