// How every command begins: on whatever Node the machine has, with nothing installed. Plain JavaScript.
import { spawn } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { install, NODE } from './install.mjs'

const PARENT_POLL_MS = 200

/**
 * Installs what is missing, then runs a script of this folder on the Node of node_modules, which reads
 * TypeScript as it is.
 *
 * @param {string} script
 */
export async function enter(script) {
  install()
  endWithParent()
  if (realpathSync(process.execPath) === realpathSync(NODE)) await import(`./${script}`)
  else becomeNode()
}

/** npm dies of a SIGTERM without passing it on; its child then belongs to someone else. */
function endWithParent() {
  const parent = process.ppid
  const poll = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(poll)
    process.kill(process.pid, 'SIGTERM')
  }, PARENT_POLL_MS)
  poll.unref()
}

function becomeNode() {
  const child = spawn(NODE, process.argv.slice(1), { stdio: 'inherit' })
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.on(signal, () => child.kill(signal))
  child.on('exit', (code) => process.exit(code ?? 1))
}
