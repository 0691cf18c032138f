/** Every page with its path, and what its address may say beside it. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router'
import { Broken } from './parts/broken.tsx'
import { Missing } from './parts/missing.tsx'
import { Waiting } from './parts/waiting.tsx'
import { Shell } from './shell/shell.tsx'

/** What a list's address says: its filters, so that it can be sent to somebody. */
type Search = Readonly<Record<string, string | undefined>>

const texts = (search: Record<string, unknown>): Search =>
  Object.fromEntries(
    Object.entries(search).flatMap(([name, value]) =>
      isText(value) && value !== '' ? [[name, String(value)]] : [],
    ),
  )

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
    validateSearch: texts,
    component: lazyRouteComponent(() => import('./home/page.tsx'), 'HomePage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/customers',
    validateSearch: texts,
    component: lazyRouteComponent(() => import('./customers/list.tsx'), 'CustomersPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/customers/$customerId',
    validateSearch: texts,
    component: lazyRouteComponent(() => import('./customers/page.tsx'), 'CustomerPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/plans',
    validateSearch: texts,
    component: lazyRouteComponent(() => import('./plans/matrix.tsx'), 'PlansPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/plans/$planId',
    validateSearch: texts,
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
    validateSearch: texts,
    component: lazyRouteComponent(() => import('./features/list.tsx'), 'FeaturesPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/features/$featureId',
    component: lazyRouteComponent(() => import('./features/page.tsx'), 'FeaturePage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/settings/$section',
    validateSearch: texts,
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
