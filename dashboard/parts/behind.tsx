import { Banner } from '@cloudflare/kumo/components/banner'
import { Button } from '@cloudflare/kumo/components/button'

/** Says that what somebody edits has been saved by somebody else, and offers to look at that. */
export function Behind(props: { readonly what: string; readonly onForget: () => void }) {
  return (
    <div role="alert" className="mb-4 flex flex-col items-start gap-2">
      <Banner variant="alert">
        Somebody else has changed this {props.what} meanwhile. What you have edited cannot be saved.
      </Banner>
      <Button size="sm" onClick={props.onForget}>
        Forget my edits and show it as it is
      </Button>
    </div>
  )
}
