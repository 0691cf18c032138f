import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** The process that listens on a port of this machine; fails when none does. */
export function portHolder(port: number): number {
  const pid = existsSync('/proc/net/tcp') ? holderByProc(port) : holderByLsof(port)
  if (pid === null) throw new Error(`Nothing listens on port ${port}.`)
  return pid
}

function holderByProc(port: number): number | null {
  const inodes = new Set(
    ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => inodesIn(file, port)),
  )
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const holder = pids.find((pid) => socketsOf(pid).some((inode) => inodes.has(inode)))
  return holder === undefined ? null : Number(holder)
}

/** The sockets that listen on the port, by inode: local address, state `0A`, inode are columns 1, 3 and 9. */
function inodesIn(file: string, port: number): readonly string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const rows = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').slice(1) : []
  return rows.flatMap((row) => {
    const columns = row.trim().split(/\s+/)
    const listens = columns[1]?.endsWith(suffix) === true && columns[3] === '0A'
    return listens && columns[9] !== undefined ? [columns[9]] : []
  })
}

function socketsOf(pid: string): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? []
      return inode === undefined ? [] : [inode]
    })
  } catch {
    // It ended while we looked, or belongs to somebody else.
    return []
  }
}

function holderByLsof(port: number): number | null {
  const { stdout } = spawnSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-t'], {
    encoding: 'utf8',
  })
  const pid = Number(stdout.trim().split('\n')[0])
  return pid > 0 ? pid : null
}
