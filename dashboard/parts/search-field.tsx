import { Input } from '@cloudflare/kumo/components/input'
import { useEffect, useRef, useState } from 'react'

/** So long nobody types before a list is asked anew. */
const PAUSE_MS = 250

/**
 * A text that narrows a list. What is typed stands at once; the address hears of it when the typing pauses, or at Enter.
 * Where the address becomes another from elsewhere, so does the text.
 */
export function SearchField(props: {
  readonly label: string
  readonly placeholder?: string
  /** As the address has it. */
  readonly value: string | undefined
  readonly onSearch: (text: string | undefined) => void
}) {
  const { label, placeholder, value = '', onSearch } = props
  const [text, setText] = useState(value)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  /** What was asked for and has not come back in the address yet. */
  const asked = useRef<readonly string[]>([])
  const address = useRef(value)
  useEffect(() => {
    address.current = value
    const place = asked.current.lastIndexOf(value)
    asked.current = asked.current.slice(place + 1)
    if (place >= 0) return
    clearTimeout(timer.current)
    asked.current = []
    setText(value)
  }, [value])
  useEffect(() => () => clearTimeout(timer.current), [])
  const ask = (wanted: string) => {
    clearTimeout(timer.current)
    if (wanted === (asked.current.at(-1) ?? address.current)) return
    asked.current = [...asked.current, wanted]
    onSearch(wanted === '' ? undefined : wanted)
  }
  const type = (typed: string) => {
    setText(typed)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => ask(typed), PAUSE_MS)
  }
  return (
    <Input
      label={label}
      type="search"
      {...(placeholder !== undefined && { placeholder })}
      value={text}
      onChange={({ target }) => type(target.value)}
      onKeyDown={({ key }) => (key === 'Enter' ? ask(text) : undefined)}
    />
  )
}
