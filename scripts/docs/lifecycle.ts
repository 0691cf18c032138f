import { ACTIONS, type Action } from '../../entitlements/effects.ts'
import { lifecycleTable } from '../../entitlements/lifecycle.ts'
import { SUBSCRIPTION_STATUSES } from '../../entitlements/subscription.ts'

/** `docs/lifecycle.md`: what can be done to a subscription in which status, as the code has it. */
export function lifecyclePage(): string {
  const effects = new Map(
    lifecycleTable().map(({ status, action, effect }) => [`${status} ${action}`, effect]),
  )
  const rows = ACTIONS.map((action) => {
    const cells = SUBSCRIPTION_STATUSES.map((status) => effects.get(`${status} ${action}`) ?? '–')
    return `| ${label(action)} | ${cells.join(' | ')} |`
  })
  return [
    HEAD,
    `| | ${SUBSCRIPTION_STATUSES.map((status) => `\`${status}\``).join(' | ')} |`,
    `|---|${SUBSCRIPTION_STATUSES.map(() => '---|').join('')}`,
    ...rows,
    FOOT,
  ].join('\n')
}

/** The action as refusals name it, and the path's last step where that is another. */
function label(action: Action): string {
  const segment = action.replaceAll('_', '-')
  return segment === action ? `\`${action}\`` : `\`${action}\` (\`/${segment}\`)`
}

const HEAD = `# The life of a subscription

<!-- Printed from the code by \`npm run docs\`; a test holds it current. Edit entitlements/lifecycle.ts or scripts/docs/lifecycle.ts. -->

Every action is \`POST /v1/subscriptions/{id}/{action}\`. Each cell says what it does in that status; \`–\` is a refusal: 409
\`transition_refused\` with \`subscriptionStatus\`, \`action\` and \`allowedActions\`, and nothing has changed.
`

const FOOT = `
## How to read it

- A status is computed from dated facts at the instant of asking; nothing has to run for it to be right. An end outweighs a pause, a
  pause outweighs an unpaid bill, an unpaid bill outweighs a trial.
- **Upgrade** is a change to a plan of higher or the same \`rank\`, with at least the same quantity; everything else is a **downgrade**. \`when\`
  (\`now\`, \`period_end\`) forces either. Where there is no billing period, \`period_end\` is refused and a downgrade happens now. One change or
  cancellation waits at a time, and a later one replaces it.
- \`undo\` is refused where nothing waits; \`cancel\` on a date that has passed, too.
- \`ended\` by an act (cancelled, refunded) is for good. \`ended\` by time (grace over, an unpaid trial over) comes back with a
  payment: same anchor, usage kept.
- A failed payment starts grace once, as long as the customer, else the plan, else the deployment says. Access stays until it is over.
- A payment provider's events may come late or twice: one that is older than the newest applied is answered \`ignored: true\`.
- \`POST …/change?dryRun=true\` says what a change would do: [Preview](preview.md).
`
