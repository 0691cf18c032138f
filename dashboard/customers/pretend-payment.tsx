import { Input } from '@cloudflare/kumo/components/input'
import { useState } from 'react'
import { payInSandbox, type Pretended, touchedBy } from '../api/subscriptions.ts'
import { useChange } from '../parts/change.ts'
import { Choice } from '../parts/choice.tsx'
import { fieldError, FormDialog } from '../parts/form-dialog.tsx'
import { wholeNumberIn } from '../parts/written.ts'
import type { AboutSubscription } from './subscription-dialogs.tsx'

/** Has a payment happen that nobody makes, to see what it does; production has none of these. */
export function PretendDialog({ subscription, name, onClose }: AboutSubscription) {
  const [outcome, setOutcome] = useState<Pretended['outcome']>('paid')
  const [amount, setAmount] = useState('')
  const paying = useChange({
    send: () =>
      payInSandbox(subscription.id, {
        outcome,
        ...(outcome === 'refunded' && amount !== '' && { amount: wholeNumberIn(amount) ?? 0 }),
      }),
    touches: touchedBy(subscription.customerId),
    done: (answer) => DONE[answer.outcome],
    isQuiet: true,
    onDone: onClose,
  })
  const isWrong = amount !== '' && wholeNumberIn(amount) === null
  return (
    <FormDialog
      title={`Pretend a payment for ${name}`}
      description={WORDS[outcome]}
      action="Let it happen"
      isSending={paying.isPending}
      error={paying.error}
      canSend={!isWrong}
      onSend={() => paying.mutate()}
      onClose={onClose}
    >
      <Choice
        label="Outcome"
        value={outcome}
        options={OUTCOMES.map((each) => [each, each])}
        onChoose={(chosen) => setOutcome(OUTCOMES.find((each) => each === chosen) ?? 'paid')}
      />
      {outcome === 'refunded' ? (
        <Input
          label="Amount, in the smallest unit"
          description="All of it where empty."
          inputMode="numeric"
          value={amount}
          onChange={({ target }) => setAmount(target.value)}
          {...(isWrong ? { error: 'A whole number.' } : fieldError(paying.error, '/amount'))}
        />
      ) : null}
    </FormDialog>
  )
}

const OUTCOMES = ['paid', 'failed', 'refunded', 'disputed'] as const

const WORDS: Readonly<Record<Pretended['outcome'], string>> = {
  paid: 'What is owed is paid: the debt, where there is one, else the next billing period, which renews.',
  failed: 'It becomes past due, and grace begins; access stays until that is over.',
  refunded: 'All of it: access ends at once. In part: that has no effect.',
  disputed: 'It is told as an event, and has no effect.',
}

const DONE = {
  applied: 'It happened',
  no_effect: 'It happened, without effect',
  late: 'It came too late to count',
  refused: 'The subscription does not allow it',
} as const
