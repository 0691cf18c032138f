/** The rows of the route table for features, plans and the catalogue as a whole. */
import { type Route, route } from './route.ts'

const featureWire = () => import('../schema/wire/feature.ts')
const featureHandlers = () => import('./routes/features.ts')
const planWire = () => import('../schema/wire/plan.ts')
const planHandlers = () => import('./routes/plans.ts')
const catalogueWire = () => import('../schema/wire/catalogue.ts')
const catalogueHandlers = () => import('./routes/catalogue.ts')

const CATALOGUE_BYTES_MAX = 1024 * 1024

const READING = { scope: 'read', token: false } as const
const MANAGING = { scope: 'manage', token: false } as const

export const CATALOGUE_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/features',
    operationId: 'listFeatures',
    ...READING,
    schemas: async () => (await featureWire()).listFeatures,
    load: async () => (await featureHandlers()).listFeatures,
  }),
  route({
    method: 'GET',
    path: '/v1/features/:featureId',
    operationId: 'getFeature',
    ...READING,
    schemas: async () => (await featureWire()).getFeature,
    load: async () => (await featureHandlers()).getFeature,
  }),
  route({
    method: 'PUT',
    path: '/v1/features/:featureId',
    operationId: 'putFeature',
    ...MANAGING,
    schemas: async () => (await featureWire()).putFeature,
    load: async () => (await featureHandlers()).putFeature,
  }),
  route({
    method: 'PATCH',
    path: '/v1/features/:featureId',
    operationId: 'patchFeature',
    ...MANAGING,
    schemas: async () => (await featureWire()).patchFeature,
    load: async () => (await featureHandlers()).patchFeature,
  }),
  route({
    method: 'DELETE',
    path: '/v1/features/:featureId',
    operationId: 'deleteFeature',
    ...MANAGING,
    schemas: async () => (await featureWire()).deleteFeature,
    load: async () => (await featureHandlers()).deleteFeature,
  }),
  route({
    method: 'GET',
    path: '/v1/plans',
    operationId: 'listPlans',
    ...READING,
    schemas: async () => (await planWire()).listPlans,
    load: async () => (await planHandlers()).listPlans,
  }),
  route({
    method: 'GET',
    path: '/v1/plans/:planId',
    operationId: 'getPlan',
    ...READING,
    schemas: async () => (await planWire()).getPlan,
    load: async () => (await planHandlers()).getPlan,
  }),
  route({
    method: 'GET',
    path: '/v1/plans/:planId/allowances',
    operationId: 'listPlanAllowances',
    ...READING,
    schemas: async () => (await planWire()).listPlanAllowances,
    load: async () => (await planHandlers()).listPlanAllowances,
  }),
  route({
    method: 'PUT',
    path: '/v1/plans/:planId',
    operationId: 'putPlan',
    ...MANAGING,
    schemas: async () => (await planWire()).putPlan,
    load: async () => (await planHandlers()).putPlan,
  }),
  route({
    method: 'PATCH',
    path: '/v1/plans/:planId',
    operationId: 'patchPlan',
    ...MANAGING,
    schemas: async () => (await planWire()).patchPlan,
    load: async () => (await planHandlers()).patchPlan,
  }),
  route({
    method: 'DELETE',
    path: '/v1/plans/:planId',
    operationId: 'deletePlan',
    ...MANAGING,
    schemas: async () => (await planWire()).deletePlan,
    load: async () => (await planHandlers()).deletePlan,
  }),
  route({
    method: 'GET',
    path: '/v1/pricing',
    operationId: 'getPricing',
    scope: 'none',
    token: false,
    publicSeconds: 60,
    schemas: async () => (await import('../schema/wire/pricing.ts')).getPricing,
    load: async () => (await import('./routes/pricing.ts')).getPricing,
  }),
  route({
    method: 'GET',
    path: '/v1/catalogue',
    operationId: 'getCatalogue',
    ...READING,
    schemas: async () => (await catalogueWire()).getCatalogue,
    load: async () => (await catalogueHandlers()).getCatalogue,
  }),
  route({
    method: 'PUT',
    path: '/v1/catalogue',
    operationId: 'putCatalogue',
    ...MANAGING,
    bodyBytesMax: CATALOGUE_BYTES_MAX,
    schemas: async () => (await catalogueWire()).putCatalogue,
    load: async () => (await catalogueHandlers()).putCatalogue,
  }),
]
