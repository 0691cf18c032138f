/** What is sold in the story. Its ids are the story's own, so that a service that is in use keeps what it has. */

export const SSO = 'demo-sso'
export const MESSAGES = 'demo-messages'

const monthly = (amount: number) => [{ chargePeriod: 'monthly', amount, currency: 'USD' }]

const messages = (limit: number, onPlanChange: 'carry' | 'reset') => ({
  limit,
  enforcement: 'hard',
  reset: 'monthly',
  rollover: { percent: 50, max: 2_000 },
  alertsAt: [80],
  onPlanChange,
})

export const FEATURES: readonly { readonly id: string; readonly body: object }[] = [
  { id: SSO, body: { type: 'boolean', name: 'Single sign-on' } },
  {
    id: MESSAGES,
    body: { type: 'meter', name: 'Messages', unit: { singular: 'message', plural: 'messages' } },
  },
]

/** Parents first. Entering `demo-team` carries what was used along; entering `demo-scale` starts anew. */
export const PLANS: readonly { readonly id: string; readonly body: object }[] = [
  {
    id: 'demo-basic',
    body: {
      name: 'Basic',
      rank: 1,
      graceDays: 3,
      prices: monthly(1_900),
      allowances: { [MESSAGES]: messages(1_000, 'carry') },
    },
  },
  {
    id: 'demo-team',
    body: {
      name: 'Team',
      rank: 2,
      parentId: 'demo-basic',
      graceDays: 3,
      prices: monthly(9_900),
      allowances: { [SSO]: { enabled: true }, [MESSAGES]: messages(5_000, 'carry') },
    },
  },
  {
    id: 'demo-scale',
    body: {
      name: 'Scale',
      rank: 3,
      parentId: 'demo-team',
      graceDays: 3,
      prices: monthly(29_900),
      allowances: { [MESSAGES]: messages(20_000, 'reset') },
    },
  },
]
