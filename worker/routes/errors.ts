import { ok } from '../../entitlements/result.ts'
import { PROBLEMS } from '../problems.ts'
import type { Outcome } from '../route.ts'

/** Where the `type` of a problem leads: every code with its status and title. */
export async function getErrors(): Promise<Outcome> {
  const entries = Object.entries(PROBLEMS).map(
    ([code, { status, title }]) =>
      `<dt id="${code}">${status} <code>${code}</code></dt><dd>${title}</dd>`,
  )
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Errors · Sluice</title>
<h1>Errors</h1><dl>${entries.join('\n')}</dl></html>`
  return ok(new Response(page, { headers: { 'Content-Type': 'text/html; charset=utf-8' } }))
}
