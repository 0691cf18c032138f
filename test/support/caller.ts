/** The Worker that calls Sluice: it passes on what it is told, and answers what it was answered. */
import type { SluiceCalls } from '../../schema/calls.ts'

interface Bindings {
  readonly SLUICE: SluiceCalls
  readonly READER: SluiceCalls
  readonly NOBODY: SluiceCalls
  readonly PLAIN: SluiceCalls
}

interface Told {
  readonly binding: keyof Bindings
  readonly method: keyof SluiceCalls
  /** Whatever a test wants to be said. */
  readonly said: never
}

// oxlint-disable-next-line no-default-export -- the form that Workers have
export default {
  async fetch(request: Request, env: Bindings): Promise<Response> {
    const { binding, method, said } = await request.json<Told>()
    return Response.json(await env[binding][method](said))
  },
}
