import { useSession } from './session-context.ts'

/** The environment that every change goes to, at all times; in words, because colours alone are missed. */
export function EnvironmentMark() {
  const { environment } = useSession()
  const isLive = environment === 'production'
  return (
    <span
      className={
        isLive
          ? 'rounded-full bg-kumo-danger px-3 py-0.5 text-sm font-semibold text-kumo-inverse'
          : 'rounded-full bg-kumo-warning-tint px-3 py-0.5 text-sm font-semibold text-kumo-warning ring ring-kumo-warning'
      }
    >
      {isLive ? 'Production' : 'Sandbox'}
    </span>
  )
}
