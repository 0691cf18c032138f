import { Input, InputArea } from '@cloudflare/kumo/components/input'
import { fieldError } from '../parts/form-dialog.tsx'

/** An endpoint as it is being written down. */
export interface WebhookDraft {
  readonly url: string
  /** Filters, by commas or lines. */
  readonly events: string
  readonly description: string
}

/** What an endpoint is told, and where. */
export function WebhookFields(props: {
  readonly draft: WebhookDraft
  readonly error: Error | null
  readonly onChange: (draft: WebhookDraft) => void
}) {
  const { draft, error, onChange } = props
  return (
    <>
      <Input
        label="URL"
        type="url"
        required
        placeholder="https://example.com/hooks"
        value={draft.url}
        onChange={({ target }) => onChange({ ...draft, url: target.value })}
        {...fieldError(error, '/url')}
      />
      <InputArea
        label="Events"
        description="* is all; else by commas: subscription.*, grace.*, override.*, entitlement.*, usage.limit_reached, catalogue.published."
        className="font-mono"
        required
        rows={3}
        value={draft.events}
        onChange={({ target }) => onChange({ ...draft, events: target.value })}
        {...fieldError(error, '/events')}
      />
      <Input
        label="Description"
        description="Whose it is, and what it is for."
        maxLength={512}
        value={draft.description}
        onChange={({ target }) => onChange({ ...draft, description: target.value })}
        {...fieldError(error, '/description')}
      />
    </>
  )
}

/** The filters that were written, each once. */
export function eventsIn(text: string): readonly string[] {
  return [...new Set(text.split(/[\s,]+/).filter((each) => each !== ''))]
}
