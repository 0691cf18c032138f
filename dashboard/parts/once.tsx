import { Banner } from '@cloudflare/kumo/components/banner'
import { Button } from '@cloudflare/kumo/components/button'
import { ClipboardText } from '@cloudflare/kumo/components/clipboard-text'

/** A secret, shown this once. */
export function Once(props: {
  readonly title: string
  readonly text: string
  readonly onClose: () => void
}) {
  const { title, text, onClose } = props
  return (
    <section aria-label={title} className="mb-4 flex flex-col items-start gap-2">
      <Banner variant="alert">
        {title} is shown this once. Copy it now: it is stored nowhere.
      </Banner>
      <ClipboardText text={text} />
      <Button size="sm" onClick={onClose}>
        I have it
      </Button>
    </section>
  )
}
