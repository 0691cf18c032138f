import { ClipboardText } from '@cloudflare/kumo/components/clipboard-text'
import { Empty } from '@cloudflare/kumo/components/empty'

/** A list with nothing in it, and the line that puts something there. */
export function FirstSteps(props: {
  readonly title: string
  readonly description: string
  readonly command: string
}) {
  const { title, description, command } = props
  return (
    <Empty
      title={title}
      description={description}
      contents={
        <div className="w-full max-w-full overflow-x-auto p-1">
          <ClipboardText text={command} />
        </div>
      }
    />
  )
}
