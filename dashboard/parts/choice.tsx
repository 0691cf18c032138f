import { Select } from '@cloudflare/kumo/components/select'

/** One of a few things, by name; with `none` also none of them. */
export function Choice(props: {
  readonly label: string
  readonly value: string | undefined
  /** What choosing nothing is called; without it something is always chosen. */
  readonly none?: string
  readonly disabled?: boolean
  readonly options: readonly (readonly [value: string, label: string])[]
  readonly onChoose: (value: string | undefined) => void
}) {
  const { label, value, none, disabled = false, options, onChoose } = props
  const all = none === undefined ? options : [['', none] as const, ...options]
  const names = new Map(all)
  return (
    <Select
      label={label}
      hideLabel={false}
      disabled={disabled}
      value={value ?? ''}
      onValueChange={(chosen) => onChoose(String(chosen) || undefined)}
      renderValue={(chosen) => names.get(String(chosen)) ?? String(chosen)}
    >
      {all.map(([each, name]) => (
        <Select.Option key={each} value={each}>
          {name}
        </Select.Option>
      ))}
    </Select>
  )
}
