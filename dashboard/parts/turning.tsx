import { Button } from '@cloudflare/kumo/components/button'

/** From one page of a list to an older one, and back to the newest. */
export function Turning(props: {
  /** The page that is shown; nothing: the newest. */
  readonly cursor: string | undefined
  readonly nextCursor: string | null
  readonly of: string
  readonly onTurn: (cursor: string | undefined) => void
}) {
  const { cursor, nextCursor, of, onTurn } = props
  if (cursor === undefined && nextCursor === null) return null
  return (
    <div className="mt-3 flex flex-wrap gap-2">
      {cursor === undefined ? null : (
        <Button onClick={() => onTurn(undefined)}>The newest {of}</Button>
      )}
      {nextCursor === null ? null : <Button onClick={() => onTurn(nextCursor)}>Older {of}</Button>}
    </div>
  )
}
