import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export const ROOT = resolve(import.meta.dirname, '../..')

/** A command as a user starts it: through npm, in a process group of its own as a terminal gives it. */
export interface Command {
  readonly pid: number
  /** Everything printed so far, on both streams. */
  printed(): string
  /** Resolves when the text has been printed; rejects when the command ends without it. */
  says(text: string): Promise<void>
  /** The exit code once the command is over; null when a signal ended it. */
  readonly over: Promise<number | null>
}

/** Starts `npm run …`. Whoever starts a command also ends it. */
export function npm(args: readonly string[], env: NodeJS.ProcessEnv = {}): Command {
  return start('npm', ['run', '--silent', ...args], env)
}

/** Starts any command. */
export function start(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Command {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, SLUICE_DEV_KEY: undefined, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  const over = ending(child)
  let isOver = false
  void over.then(() => (isOver = true))
  return {
    pid: child.pid ?? 0,
    printed: () => printed,
    over,
    says: async (text) => {
      while (!printed.includes(text)) {
        if (isOver) throw new Error(`It ended without saying "${text}":\n${printed}`)
        await sleep(50)
      }
    },
  }
}

/** Runs `npm run …` to its end. */
export async function ranNpm(
  args: readonly string[],
  env?: NodeJS.ProcessEnv,
): Promise<{ readonly code: number | null; readonly printed: string }> {
  const command = npm(args, env)
  const code = await command.over
  return { code, printed: command.printed() }
}

export interface Process {
  readonly pid: number
  readonly command: string
}

/** The processes that a process has started, and theirs. */
export function descendants(pid: number): readonly Process[] {
  const lines = spawnSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).stdout.split(
    '\n',
  )
  const all = lines.flatMap((line) => {
    const [, id, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    return id === undefined ? [] : [{ pid: Number(id), parent: Number(parent), command }]
  })
  const below = (from: number): readonly Process[] =>
    all.filter(({ parent }) => parent === from).flatMap((each) => [each, ...below(each.pid)])
  return below(pid)
}

/** Ends a command as Ctrl-C does and waits until nothing of it is left. */
export async function interrupt(command: Command): Promise<void> {
  const all = descendants(command.pid)
  process.kill(-command.pid, 'SIGINT')
  await command.over
  await allGone(all)
}

/** Resolves when none of the processes is left. */
export async function allGone(processes: readonly Process[]): Promise<void> {
  while (processes.some(({ pid }) => isAlive(pid))) await sleep(50)
}

/** Resolves with what `attempt` resolves with, as soon as it does. */
export async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch {
      await sleep(100)
    }
  }
}

/** An empty folder, and how to be rid of it. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'sluice-test-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function ending(child: ChildProcess): Promise<number | null> {
  return new Promise((done) => child.on('close', (code) => done(code)))
}
