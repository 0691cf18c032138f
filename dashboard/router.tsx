/** Every page with its path, and what its address may say beside it. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import { Broken } from './parts/broken.tsx'
import { Missing } from './parts/missing.tsx'
import { Waiting } from './parts/waiting.tsx'
import { Shell } from './shell/shell.tsx'

/** What a list's address says: its filters, so that it can be sent to somebody. */
type Search<Name extends string> = { readonly [name in Name]?: string | undefined }

/** Takes what a page knows from its address. Anything else is said to be nothing: the router would pass it on. */
const only =
  <Name extends string>(...names: readonly Name[]) =>
  (search: Readonly<Record<string, unknown>>): Search<Name> => {
    const known = Object.entries(search).map(([name, value]) => {
      const isKnown = names.some((each) => each === name) && isText(value) && value !== ''
      return [name, isKnown ? String(value) : undefined] as const
    })
    return Object.fromEntries(known) as Search<Name>
  }

/** The router reads `?q=7` as a number. */
function isText(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

const root = createRootRoute({ component: Shell, notFoundComponent: Missing })
const parent = () => root

const routes = [
  createRoute({
    getParentRoute: parent,
    path: '/',
    validateSearch: only('range'),
    component: lazyRouteComponent(() => import('./home/page.tsx'), 'HomePage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/customers',
    validateSearch: only('q', 'planId', 'status', 'overLimit', 'overridden', 'cursor'),
    component: lazyRouteComponent(() => import('./customers/list.tsx'), 'CustomersPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/customers/$customerId',
    validateSearch: only('tab', 'q', 'state', 'show', 'feature'),
    component: lazyRouteComponent(() => import('./customers/page.tsx'), 'CustomerPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/plans',
    validateSearch: only('q', 'archived'),
    component: lazyRouteComponent(() => import('./plans/matrix.tsx'), 'PlansPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/plans/$planId',
    validateSearch: only('q', 'kind'),
    component: lazyRouteComponent(() => import('./plans/page.tsx'), 'PlanPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/catalogue',
    component: lazyRouteComponent(() => import('./catalogue/page.tsx'), 'CataloguePage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/features',
    validateSearch: only('q'),
    component: lazyRouteComponent(() => import('./features/list.tsx'), 'FeaturesPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/features/$featureId',
    component: lazyRouteComponent(() => import('./features/page.tsx'), 'FeaturePage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/settings',
    beforeLoad: () =>
      redirect({ to: '/settings/$section', params: { section: 'keys' }, throw: true }),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/settings/$section',
    validateSearch: only('actor', 'resource', 'customerId', 'cursor'),
    component: lazyRouteComponent(() => import('./settings/page.tsx'), 'SettingsPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/settings/webhooks/$webhookId',
    component: lazyRouteComponent(() => import('./settings/webhook.tsx'), 'WebhookPage'),
  }),
] as const

export const router = createRouter({
  routeTree: root.addChildren(routes),
  basepath: '/dashboard',
  defaultErrorComponent: Broken,
  defaultPendingComponent: Waiting,
  defaultPreload: 'intent',
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
