import { InputArea } from '@cloudflare/kumo/components/input'
import { useState } from 'react'
import type { Feature, Statement } from '../api/catalogue.ts'
import { Choice } from '../parts/choice.tsx'
import { FormDialog } from '../parts/form-dialog.tsx'
import { jsonIn } from '../parts/written.ts'
import { meterDraftOf, meterIn, wrongIn } from './meter-draft.ts'
import { MeterFields } from './meter-fields.tsx'
import type { Given } from './resolve.ts'

interface Saying {
  readonly feature: Feature
  readonly given: Given | undefined
  readonly onSave: (statement: Statement) => void
  readonly onClose: () => void
}

/** What a plan is to say of one feature, by the feature's type. */
export function AllowanceDialog(props: Saying) {
  switch (props.feature.type) {
    case 'boolean':
      return <SwitchDialog {...props} />
    case 'customizable':
      return <ValueDialog {...props} />
    case 'meter':
      return <MeterDialog {...props} />
  }
}

function SwitchDialog(props: Saying) {
  const before = props.given?.statement
  const [isOn, setOn] = useState(before === undefined || !('enabled' in before) || before.enabled)
  return (
    <Frame {...props} statement={{ enabled: isOn }}>
      <Choice
        label="Whoever has the plan"
        value={isOn ? 'yes' : 'no'}
        options={[
          ['yes', 'may use it'],
          ['no', 'may not use it'],
        ]}
        onChoose={(chosen) => setOn(chosen === 'yes')}
      />
    </Frame>
  )
}

function ValueDialog(props: Saying) {
  const before = props.given?.statement
  const [text, setText] = useState(
    before !== undefined && 'value' in before ? JSON.stringify(before.value, null, 2) : '',
  )
  const value = jsonIn(text) ?? null
  return (
    <Frame {...props} statement={value === null ? null : { value }}>
      <InputArea
        label="Value"
        description={'Any JSON but null: 5, "gold", ["eu", "us"], {"logo": true}.'}
        className="font-mono"
        rows={4}
        value={text}
        onChange={({ target }) => setText(target.value)}
        {...(text !== '' &&
          value === null && {
            error: 'That is no JSON: text needs quotation marks, and null says nothing.',
          })}
      />
    </Frame>
  )
}

function MeterDialog(props: Saying) {
  const before = props.given?.statement
  const [draft, setDraft] = useState(
    meterDraftOf(before !== undefined && 'limit' in before ? before : undefined),
  )
  return (
    <Frame {...props} statement={meterIn(draft)}>
      <MeterFields
        draft={draft}
        wrong={wrongIn(draft)}
        unit={props.feature.unit?.plural ?? 'units'}
        onChange={(part) => setDraft({ ...draft, ...part })}
      />
    </Frame>
  )
}

/** Nothing is sent yet: what is stated here is reviewed together with all else that has been edited. */
function Frame(
  props: Saying & { readonly statement: Statement | null; readonly children: React.ReactNode },
) {
  const { feature, given, statement, onSave, onClose, children } = props
  const isInherited = given?.mark === 'inherited'
  return (
    <FormDialog
      title={feature.name}
      {...(isInherited && {
        description: (
          <>
            Inherited from <bdi>{given.from.name}</bdi>. What is said here stops following it.
          </>
        ),
      })}
      action="Keep for review"
      isSending={false}
      error={null}
      canSend={statement !== null}
      onSend={() => statement !== null && onSave(statement)}
      onClose={onClose}
    >
      {children}
    </FormDialog>
  )
}
