import { useId } from 'react'

/**
 * One of a few things that narrow a list, or none of them.
 *
 * The system's own control: lists are what people open first, and the kit's weighs a tenth of all that they load.
 */
export function Narrowing(props: {
  readonly label: string
  readonly value: string | undefined
  /** What choosing nothing is called. */
  readonly none: string
  readonly options: readonly (readonly [value: string, label: string])[]
  readonly onChoose: (value: string | undefined) => void
}) {
  const { label, value, none, options, onChoose } = props
  const id = useId()
  return (
    <div className="flex flex-col gap-2">
      <label htmlFor={id} className="text-base font-medium text-kumo-default">
        {label}
      </label>
      <select
        id={id}
        value={value ?? ''}
        onChange={({ target }) => onChoose(target.value || undefined)}
        className="h-9 max-w-60 rounded-lg bg-kumo-base px-3 text-base text-kumo-default ring ring-kumo-line focus:ring-kumo-brand"
      >
        <option value="">{none}</option>
        {options.map(([each, name]) => (
          <option key={each} value={each} dir="auto">
            {name}
          </option>
        ))}
      </select>
    </div>
  )
}
