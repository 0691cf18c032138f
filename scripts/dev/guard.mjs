// Leads a process group and sees to its end. Run by group.ts, which holds the other end of stdin: when that
// closes, whether its holder stopped, crashed or was killed, every process of the group ends.
import { spawn } from 'node:child_process'

const PATIENCE_MS = 3_000

const [command = '', ...args] = process.argv.slice(2)
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] })
child.on('error', () => process.exit(127))
// What the child left behind is ended by the holder, who is there to see this exit.
child.on('exit', (code) => process.exit(code ?? 1))

process.stdin.resume().on('close', () => {
  child.removeAllListeners('exit')
  child.on('exit', endGroup)
  child.kill('SIGTERM')
  setTimeout(endGroup, PATIENCE_MS)
})

function endGroup() {
  process.kill(-process.pid, 'SIGKILL')
}
