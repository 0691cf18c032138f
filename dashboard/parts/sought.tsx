import { Combobox } from '@cloudflare/kumo/components/combobox'
import type { MouseEvent } from 'react'

/** What choosing nothing is for the list. */
const NOTHING = ''

/** One of many things, found by a part of its name; with `none` also none of them. */
export function Sought(props: {
  readonly label: string
  readonly value: string | undefined
  /** What choosing nothing is called; without it something is always chosen. */
  readonly none?: string
  readonly disabled?: boolean
  readonly options: readonly (readonly [value: string, label: string])[]
  readonly onChoose: (value: string | undefined) => void
}) {
  const { label, value, none, disabled = false, options, onChoose } = props
  const all = none === undefined ? options : [[NOTHING, none] as const, ...options]
  const items = all.map(([each, name]) => ({ value: each, label: name }))
  const chosen = items.find((item) => item.value === value) ?? null
  return (
    <Combobox
      label={label}
      autoHighlight
      disabled={disabled}
      items={items}
      value={chosen}
      isItemEqualToValue={(one: Item, other: Item) => one.value === other.value}
      onValueChange={(item: Item | null) => onChoose(item?.value || undefined)}
    >
      <Combobox.TriggerInput
        placeholder={none ?? 'A part of the name'}
        // So that what is typed next takes the place of what is chosen.
        onClick={({ currentTarget }: MouseEvent<HTMLInputElement>) => currentTarget.select()}
      />
      <Combobox.Content>
        <Combobox.Empty>Nothing of that name.</Combobox.Empty>
        <Combobox.List>
          {(item: Item) => (
            <Combobox.Item key={item.value} value={item}>
              <bdi>{item.label}</bdi>
            </Combobox.Item>
          )}
        </Combobox.List>
      </Combobox.Content>
    </Combobox>
  )
}

interface Item {
  readonly value: string
  readonly label: string
}
