import { Select } from '@cloudflare/kumo/components/select'

/** What choosing nothing is for the list: the kit shows no name for an empty value, and nothing has a blank for an id. */
const NOTHING = ' '

/** One of a few things, by name; with `none` also none of them. */
export function Choice(props: {
  readonly label: string
  readonly value: string | undefined
  /** What choosing nothing is called; without it something is always chosen. */
  readonly none?: string
  readonly disabled?: boolean
  /** What is wrong with what was chosen. */
  readonly error?: string
  readonly options: readonly (readonly [value: string, label: string])[]
  readonly onChoose: (value: string | undefined) => void
}) {
  const { label, value, none, disabled = false, error, options, onChoose } = props
  const all = none === undefined ? options : [[NOTHING, none] as const, ...options]
  const names = new Map(all)
  return (
    <Select
      label={label}
      disabled={disabled}
      {...(error !== undefined && { error })}
      value={value ?? NOTHING}
      onValueChange={(chosen) =>
        onChoose(chosen === NOTHING || chosen === null ? undefined : chosen)
      }
      renderValue={(chosen) => <bdi>{names.get(chosen) ?? chosen}</bdi>}
    >
      {all.map(([each, name]) => (
        <Select.Option key={each} value={each}>
          <bdi>{name}</bdi>
        </Select.Option>
      ))}
    </Select>
  )
}
