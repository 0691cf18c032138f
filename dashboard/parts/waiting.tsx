/** The outline of a page that is on its way. */
export function Waiting({ lines = 6 }: { readonly lines?: number }) {
  return (
    <div role="status" aria-label="Loading" className="flex w-full flex-col gap-3 p-2">
      {Array.from({ length: lines }, (_, line) => (
        <div
          key={line}
          className="h-5 animate-pulse rounded bg-kumo-tint motion-reduce:animate-none"
          style={{ width: `${90 - ((line * 23) % 50)}%` }}
        />
      ))}
    </div>
  )
}
