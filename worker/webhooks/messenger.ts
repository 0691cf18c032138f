/** Where a customer's object calls when it has told D1 of events: this deployment itself, without HTTP. */
import { WorkerEntrypoint } from 'cloudflare:workers'
import { portsFrom } from '../ports.ts'
import { deliverSoon } from './soon.ts'

export class Messenger extends WorkerEntrypoint<Env> {
  /** Has what is owed to endpoints sent, behind an answer that comes at once: the object is not kept awake for it. */
  async passOn(): Promise<void> {
    const { ENVIRONMENT: environment } = this.env
    const waitUntil = (sending: Promise<unknown>) => this.ctx.waitUntil(sending)
    deliverSoon({ ports: portsFrom(this.env), environment, waitUntil })
  }
}
