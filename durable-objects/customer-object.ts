/**
 * The customer object: one for each customer, the owner of its usage and the only writer of its snapshot.
 *
 * Wiring only. What each call does is in the file of its name.
 */
import { DurableObject } from 'cloudflare:workers'
import { invariant } from '../entitlements/invariant.ts'
import { ring } from './alarm.ts'
import { apply } from './apply.ts'
import type {
  ApplyAnswer,
  ConsumeRequest,
  ConsumeResult,
  CustomerCalls,
  EntriesAnswer,
  EntriesRequest,
  HistoryAnswer,
  HistoryRequest,
  ItemOf,
  ManyRequest,
  ReadAnswer,
  ReadRequest,
  ReportRequest,
  ReportResult,
  ResetRequest,
  ResetResult,
  UseAnswer,
} from './calls.ts'
import { decideConsume } from './consume.ts'
import { entries, history } from './history.ts'
import { listen } from './listen.ts'
import { emptyMemory, type ObjectContext } from './memory.ts'
import { type ObjectPorts, portsFrom } from './ports.ts'
import { read } from './read.ts'
import { decideReport } from './report.ts'
import { decideReset } from './reset.ts'
import { dropSocket, letGo } from './sockets.ts'
import { tick } from './tick.ts'
import { listening } from './upgrade.ts'
import { use, useMany } from './use.ts'

export class CustomerObject extends DurableObject<Env> implements CustomerCalls {
  readonly #memory = emptyMemory()

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    // Local, and before any call: so that an alarm that is set already is not written once more.
    void ctx.blockConcurrencyWhile(async () => {
      this.#memory.alarm.at = await ctx.storage.getAlarm()
    })
  }

  /** A test or a simulator replaces what the object reaches. Called once for each call. */
  protected ports(env: Env): ObjectPorts {
    return portsFrom(env)
  }

  read(request: ReadRequest): Promise<ReadAnswer> {
    return read(this.#context(), request)
  }

  consume(request: ConsumeRequest): Promise<UseAnswer<ConsumeResult>> {
    return use(this.#context(), request, decideConsume)
  }

  report(request: ReportRequest): Promise<UseAnswer<ReportResult>> {
    return use(this.#context(), request, decideReport)
  }

  reset(request: ResetRequest): Promise<UseAnswer<ResetResult>> {
    return use(this.#context(), request, decideReset)
  }

  consumeMany({
    items,
    ...shared
  }: ManyRequest<ItemOf<ConsumeRequest>>): Promise<readonly UseAnswer<ConsumeResult>[]> {
    const requests = items.map((item) => ({ ...item, ...shared }))
    return useMany(this.#context(), shared, requests, decideConsume)
  }

  reportMany({
    items,
    ...shared
  }: ManyRequest<ItemOf<ReportRequest>>): Promise<readonly UseAnswer<ReportResult>[]> {
    const requests = items.map((item) => ({ ...item, ...shared }))
    return useMany(this.#context(), shared, requests, decideReport)
  }

  history(request: HistoryRequest): Promise<HistoryAnswer> {
    return history(this.#context(), request)
  }

  entries(request: EntriesRequest): Promise<EntriesAnswer> {
    return entries(this.#context(), request)
  }

  apply(revision: number): Promise<ApplyAnswer> {
    return apply(this.#context(), revision)
  }

  tick(): Promise<ApplyAnswer> {
    return tick(this.#context())
  }

  override fetch(request: Request): Promise<Response> {
    return listen(this.#context(), listening(request))
  }

  /** Pings are answered by the platform. Nothing else is said to the object. */
  override webSocketMessage(socket: WebSocket): void {
    letGo(this.#context(), socket, 'talkative')
  }

  override webSocketClose(socket: WebSocket): void {
    letGo(this.#context(), socket, 'left')
  }

  override webSocketError(socket: WebSocket): void {
    dropSocket(this.#context(), socket)
  }

  override alarm(): Promise<void> {
    return ring(this.#context())
  }

  #context(): ObjectContext {
    const { ctx, env } = this
    invariant(ctx.id.name !== undefined, 'a customer object is addressed by its customer’s id')
    return {
      customerId: ctx.id.name,
      storage: ctx.storage,
      ports: this.ports(env),
      memory: this.#memory,
      sockets: ctx,
    }
  }
}
