import { Button } from '@cloudflare/kumo/components/button'
import { Input } from '@cloudflare/kumo/components/input'
import { useState } from 'react'
import { Choice } from '../parts/choice.tsx'
import { amountIn } from '../parts/money.ts'
import { worded } from '../parts/words.ts'
import { priceText, type Price } from './price.ts'

const PERIODS: readonly Price['chargePeriod'][] = [
  'monthly',
  'yearly',
  'quarterly',
  'half_yearly',
  'every_28_days',
  'weekly',
  'daily',
  'one_time',
]

/** What a plan costs: one price for each charge period and currency. */
export function Prices(props: {
  readonly prices: readonly Price[]
  readonly disabled: boolean
  readonly onChange: (prices: readonly Price[]) => void
}) {
  const { prices, disabled, onChange } = props
  return (
    <div className="sm:col-span-2 lg:col-span-4">
      <h2 className="mb-1 font-semibold">Prices</h2>
      <ul className="mb-2 flex flex-wrap gap-2">
        {prices.map((price) => (
          <li
            key={nameOf(price)}
            className="inline-flex items-center gap-1 rounded bg-kumo-tint px-2 py-1 text-sm"
          >
            {priceText(price)}
            <Button
              size="xs"
              variant="ghost"
              disabled={disabled}
              aria-label={`Remove the price ${nameOf(price)}`}
              onClick={() => onChange(prices.filter((each) => each !== price))}
            >
              ✕
            </Button>
          </li>
        ))}
        {prices.length === 0 ? <li className="text-kumo-subtle">free of charge</li> : null}
      </ul>
      <NewPrice
        disabled={disabled}
        onAdd={(price) =>
          onChange([...prices.filter((each) => nameOf(each) !== nameOf(price)), price])
        }
      />
    </div>
  )
}

function NewPrice(props: { readonly disabled: boolean; readonly onAdd: (price: Price) => void }) {
  const { disabled, onAdd } = props
  const [period, setPeriod] = useState<Price['chargePeriod']>('monthly')
  const [amount, setAmount] = useState('')
  const [currency, setCurrency] = useState('USD')
  const units = amountIn(amount, currency)
  const add = () => {
    if (units === null) return
    onAdd({ chargePeriod: period, amount: units, currency })
    setAmount('')
  }
  return (
    <div className="flex flex-wrap items-end gap-2">
      <Choice
        label="Charged"
        value={period}
        disabled={disabled}
        options={PERIODS.map((each) => [each, worded(each)])}
        onChoose={(chosen) => setPeriod(PERIODS.find((each) => each === chosen) ?? 'monthly')}
      />
      <Input
        label="Amount"
        placeholder="99.00"
        inputMode="decimal"
        value={amount}
        onChange={({ target }) => setAmount(target.value)}
      />
      <Input
        label="Currency"
        value={currency}
        maxLength={3}
        onChange={({ target }) => setCurrency(target.value.toUpperCase())}
      />
      <Button disabled={disabled || units === null} onClick={add}>
        Set price
      </Button>
    </div>
  )
}

function nameOf({ chargePeriod, currency }: Price): string {
  return `${chargePeriod} ${currency}`
}
