import { useState } from 'react'
import { useChange } from '../parts/change.ts'
import { Choice } from '../parts/choice.tsx'
import { FormDialog } from '../parts/form-dialog.tsx'

/** How long both hold, by what people choose from. */
const OVERLAPS = [
  ['0', 'ends at once'],
  ['3600', 'works for another hour'],
  ['86400', 'works for another day'],
  ['604800', 'works for another week'],
] as const

/** Makes a successor of something secret; both hold while whoever uses the old one changes over. */
export function Rotate<Made>(props: {
  readonly what: 'key' | 'secret'
  /** The name of what it belongs to. */
  readonly about: string
  readonly rotate: (overlapSeconds: number) => Promise<Made>
  /** Below which everything is read again. */
  readonly touches: string
  readonly onMade: (made: Made) => void
  readonly onClose: () => void
}) {
  const { what, about, rotate, touches, onMade, onClose } = props
  const [overlap, setOverlap] = useState('86400')
  const rotating = useChange({
    send: () => rotate(Number(overlap)),
    touches: [[touches]],
    isQuiet: true,
    onDone: (made) => {
      onMade(made)
      onClose()
    },
  })
  return (
    <FormDialog
      title={`Rotate the ${what} of ${about}?`}
      description={`A new ${what} is made, and shown once.`}
      action="Rotate"
      isDangerous
      isSending={rotating.isPending}
      error={rotating.error}
      onSend={() => rotating.mutate()}
      onClose={onClose}
    >
      <Choice
        label={`The old ${what}`}
        value={overlap}
        options={OVERLAPS}
        onChoose={(chosen) => setOverlap(chosen ?? '86400')}
      />
    </FormDialog>
  )
}
