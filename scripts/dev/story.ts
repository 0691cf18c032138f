/** What `npm run dev` says when it is ready. */
export function welcome(url: string, key: string): string {
  return `
  Sluice is ready.

    Page        ${url}
    Dashboard   ${url}/dashboard/ (sign in with the key)
    Key         ${key}

  Paste this into another terminal:

${story(url, key)}

  Ctrl-C stops everything.
`
}

/**
 * A block of shell lines that can be pasted whole, also twice. It makes a customer of its own: the demo customers
 * stay as they are. No `#` comments: an interactive zsh would take them for commands.
 */
export function story(url: string, key: string): string {
  const lines = [`URL=${url}`, `KEY=${key}`, ...STEPS.flatMap(stepLines)]
  return lines.join('\n')
}

interface Step {
  readonly says: string
  /** Below /v1. */
  readonly path: string
  readonly method?: 'PUT' | 'DELETE'
  readonly body?: object
  readonly idempotencyKey?: string
}

const STEPS: readonly Step[] = [
  {
    says: 'May starter-co sign in with SSO? No: not_in_plan, and a hint at the plan that has it.',
    path: '/access?customerId=starter-co&featureId=sso',
  },
  {
    says: 'A new customer arrives ...',
    path: '/customers/acme',
    method: 'PUT',
    body: { name: 'Acme' },
  },
  {
    says: '... and buys Starter: access at once.',
    path: '/customers/acme/subscriptions',
    body: { planId: 'starter', chargePeriod: 'monthly' },
    idempotencyKey: 'story-subscribe',
  },
  {
    says: 'Acme makes 3 API calls. Same key, same effect: pasted twice, it still counts 3.',
    path: '/consume',
    body: { customerId: 'acme', featureId: 'api-calls', quantity: 3 },
    idempotencyKey: 'story-consume',
  },
  {
    says: '2,000 more at once? Refused, and nothing is taken: the limit is 1,000 a month.',
    path: '/consume',
    body: { customerId: 'acme', featureId: 'api-calls', quantity: 2000 },
  },
  {
    says: 'Sales gives Acme 5,000 for a proof of concept. No deployment, no other plan.',
    path: '/customers/acme/overrides/api-calls',
    method: 'PUT',
    body: { allowance: { limit: 5000 }, reason: 'proof of concept' },
  },
  {
    says: 'The same question again: granted, and marked as overridden.',
    path: '/access?customerId=acme&featureId=api-calls&quantity=2000',
  },
  {
    says: 'Everything Acme has, in one call.',
    path: '/customers/acme/entitlements',
  },
  {
    says: 'The proof is over: taken back, and Starter holds again.',
    path: '/customers/acme/overrides/api-calls',
    method: 'DELETE',
  },
]

function stepLines({ says, path, method, body, idempotencyKey }: Step): readonly string[] {
  const words = [
    `curl -s${method === undefined ? '' : ` -X ${method}`} "$URL/v1${path}" -H "Authorization: Bearer $KEY"`,
    ...(idempotencyKey === undefined ? [] : [`-H 'Idempotency-Key: ${idempotencyKey}'`]),
    ...(body === undefined
      ? []
      : [`-H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`]),
  ]
  return [`echo; echo; echo '${says}'`, words.join(' ')]
}
