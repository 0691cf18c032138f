/** A customer's page: what it has, what it has used, and what lies ahead. */
import { html } from 'hono/html'
import { instantText } from '../../schema/instant-text.ts'
import type { Instant } from '../../entitlements/instant.ts'
import type { PortalNews } from '../../schema/wire/portal.ts'
import type { Markup } from '../page/shell.ts'
import { givenText } from '../page/words.ts'
import type { FeatureLine, HeldPlan, MeterLine, Overview } from './overview.ts'
import {
  meterNotes,
  momentText,
  nameText,
  type Notice,
  noticesOf,
  priceText,
  specialText,
  STATUS_WORDS,
  usedOf,
  usedText,
} from './words.ts'

/** How the page was reached. */
export interface Visit {
  /** The path of the page. */
  readonly path: string
  readonly expiresAt: Instant
  readonly returnUrl: string | null
}

/** From this share of a limit on a bar is marked as nearly full. */
const HIGH = 0.8

export function overviewContent(overview: Overview, visit: Visit, news?: PortalNews): Markup {
  const { name, held, lapsed, meters, features } = overview
  const plans = lapsed === null ? held : [lapsed, ...held]
  return html`${name === null ? '' : html`<p class="soft">${name}</p>`}
  ${news === undefined ? '' : newsNote(news)}
  ${plans.length === 0 ? html`<section class="card"><p>There is no plan at the moment.</p></section>` : ''}
  ${plans.map((each, at) => planCard(each, `plan-${at}`, visit))}
  ${meters.length === 0 ? '' : usageCard(meters)}
  ${features.length === 0 ? '' : featureCard(features)} ${foot(visit)}`
}

/** The question before a cancellation: nobody cancels by one wrong tap. */
export function cancelContent(held: HeldPlan, endsAt: Instant, { path }: Visit): Markup {
  const name = nameText(held)
  return html`<section class="card" aria-labelledby="then">
    <h2 id="then">What happens then</h2>
    <p>
      ${name} stays as it is until ${time(endsAt)}, and ends there. Until then you can take this
      back.
    </p>
    ${held.pending === null ? '' : html`<p>The change to ${nameText(held.pending)} will not happen.</p>`}
    <form method="post">
      <div class="buttons">
        <button class="button danger">Cancel ${name}</button>
        <a class="button main" href="${path}">Keep it</a>
      </div>
    </form>
  </section>`
}

const NEWS: Readonly<Record<PortalNews, Notice>> = {
  canceled: { tone: 'good', text: 'It is canceled. You can take that back until it ends.' },
  undone: { tone: 'good', text: 'That is taken back. Everything stays as it was.' },
  refused: { tone: 'bad', text: 'That is not possible any more. Below is how things stand now.' },
}

function newsNote(news: PortalNews): Markup {
  const { tone, text } = NEWS[news]
  return html`<p class="note ${tone}" role="status">${text}</p>`
}

function planCard(held: HeldPlan, id: string, visit: Visit): Markup {
  const price = held.status === 'ended' ? null : priceText(held)
  return html`<section class="card" aria-labelledby="${id}">
    <h2 id="${id}">${nameText(held)}</h2>
    ${noticesOf(held).map(({ tone, text }) => html`<p class="note ${tone}">${text}</p>`)}
    <dl class="facts">
      ${held.subscription === null ? '' : fact('Status', STATUS_WORDS[held.status])}
      ${price === null ? '' : fact('Price', price)} ${renewal(held)}
    </dl>
    ${actions(held, visit)}
  </section>`
}

/** When the next period begins, where nothing else is said to happen then. */
function renewal({ subscription, status, periodEndAt, price }: HeldPlan): Markup | string {
  if (periodEndAt === null || subscription?.cancelAt != null || status === 'paused') return ''
  const name = price === null || status === 'past_due' ? 'Current period ends' : 'Next payment'
  return fact(status === 'trialing' ? 'Trial ends' : name, time(periodEndAt))
}

function actions(held: HeldPlan, { path }: Visit) {
  const { subscription, cancelableAt, canUndo, pending } = held
  if (subscription === null || (cancelableAt === null && !canUndo)) return ''
  const own = `${path}/subscriptions/${subscription.id}`
  const undo = pending === null ? 'Do not cancel' : 'Do not change it'
  return html`<div class="buttons">
    ${canUndo ? html`<form method="post" action="${own}/undo"><button class="button">${undo}</button></form>` : ''}
    ${cancelableAt === null ? '' : html`<a class="button danger" href="${own}/cancel" aria-label="Cancel ${nameText(held)}…">Cancel…</a>`}
  </div>`
}

function usageCard(meters: readonly MeterLine[]): Markup {
  return html`<section class="card" aria-labelledby="usage">
    <h2 id="usage">Usage</h2>
    <ul class="meters">
      ${meters.map((line, at) => meterItem(line, `meter-${at}`))}
    </ul>
  </section>`
}

function meterItem(line: MeterLine, id: string): Markup {
  const { used, of } = usedOf(line.reading)
  return html`<li>
    <h3 id="${id}">${line.name}</h3>
    ${
      of === null || of === 0
        ? ''
        : html`<meter
            class="bar"
            aria-labelledby="${id}"
            min="0"
            max="${of}"
            high="${of * HIGH}"
            optimum="0"
            value="${Math.min(used, of)}"
          >
            ${usedText(line)}
          </meter>`
    }
    <p>${usedText(line)}</p>
    ${special(line)} ${meterNotes(line).map((note) => html`<p class="soft">${note}</p>`)}
  </li>`
}

function featureCard(features: readonly FeatureLine[]): Markup {
  return html`<section class="card" aria-labelledby="features">
    <h2 id="features">What you have</h2>
    <ul class="gives">
      ${features.map((line) => featureItem(line))}
    </ul>
  </section>`
}

function featureItem(line: FeatureLine): Markup {
  const value = line.value === null ? '' : givenText({ value: line.value }, null)
  return html`<li>${line.name}${value ? html`: ${value}` : ''} ${special(line)}</li>`
}

function special({ special: arranged }: MeterLine | FeatureLine): Markup | string {
  return arranged === null ? '' : html`<p class="soft">${specialText(arranged)}</p>`
}

function foot({ returnUrl, expiresAt }: Visit): Markup {
  return html`${returnUrl === null ? '' : html`<p class="buttons"><a class="button" href="${returnUrl}">Back</a></p>`}
    <p class="soft">This page is for you alone, and opens until ${time(expiresAt)}.</p>`
}

function fact(name: string, value: string | Markup): Markup {
  return html`<dt>${name}</dt>
    <dd>${value}</dd>`
}

function time(at: Instant): Markup {
  return html`<time datetime="${instantText(at)}">${momentText(at)}</time>`
}
