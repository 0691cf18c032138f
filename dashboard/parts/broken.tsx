import { Banner } from '@cloudflare/kumo/components/banner'
import { Button } from '@cloudflare/kumo/components/button'
import { Problem } from '../api/request.ts'

/** Says what went wrong in place of what could not be shown, and offers to try again. */
export function Broken({ error, reset }: { readonly error: unknown; readonly reset?: () => void }) {
  const said = error instanceof Error ? error.message : 'Something went wrong.'
  const requestId = error instanceof Problem ? error.requestId : null
  return (
    <div role="alert" className="flex flex-col items-start gap-3">
      <Banner variant="error">
        {said}
        {requestId === null ? null : <span className="ml-2 text-xs">Request {requestId}</span>}
      </Banner>
      {reset === undefined ? null : <Button onClick={reset}>Try again</Button>}
    </div>
  )
}
