import { Link, useParams } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { Missing } from '../parts/missing.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Waiting } from '../parts/waiting.tsx'

/** By the last part of their address. */
const SECTIONS = {
  keys: {
    label: 'API keys',
    Section: lazy(async () => ({ default: (await import('./keys.tsx')).Keys })),
  },
  webhooks: {
    label: 'Webhooks',
    Section: lazy(async () => ({ default: (await import('./webhooks.tsx')).Webhooks })),
  },
  origins: {
    label: 'Allowed origins',
    Section: lazy(async () => ({ default: (await import('./origins.tsx')).AllowedOrigins })),
  },
  payments: {
    label: 'Payments',
    Section: lazy(async () => ({ default: (await import('./payments.tsx')).Payments })),
  },
  audit: {
    label: 'Log of changes',
    Section: lazy(async () => ({ default: (await import('./audit.tsx')).Audit })),
  },
} as const

/** What the deployment itself is set to; one section at a time. */
export function SettingsPage() {
  const { section } = useParams({ from: '/settings/$section' })
  const chosen = Object.entries(SECTIONS).find(([name]) => name === section)?.[1]
  return (
    <>
      <PageHead title={chosen === undefined ? 'Settings' : `Settings: ${chosen.label}`} />
      <nav
        aria-label="Settings"
        className="mb-4 flex flex-wrap gap-2 border-b border-kumo-hairline"
      >
        {Object.entries(SECTIONS).map(([name, { label }]) => (
          <Link
            key={name}
            to="/settings/$section"
            params={{ section: name }}
            aria-current={name === section ? 'page' : undefined}
            className="px-3 py-2 text-kumo-default no-underline aria-[current=page]:border-b-2 aria-[current=page]:font-semibold"
          >
            {label}
          </Link>
        ))}
      </nav>
      {chosen === undefined ? (
        <Missing />
      ) : (
        <Suspense fallback={<Waiting />}>
          <chosen.Section />
        </Suspense>
      )}
    </>
  )
}
