import type { Catalogue, CatalogueInput, CataloguePreview } from '../api/catalogue.ts'

type Change = CataloguePreview['changes'][number]

/** What a document changes, item by item, with what was and what will be. */
export function Changes(props: {
  readonly changes: readonly Change[]
  readonly before: Catalogue
  readonly document: CatalogueInput
}) {
  const { changes, before, document } = props
  const were = itemsOf(before)
  const are = itemsOf(document)
  return (
    <div
      role="region"
      aria-label="What would change"
      tabIndex={0}
      className="max-h-[50vh] overflow-y-auto rounded-lg bg-kumo-base ring ring-kumo-hairline"
    >
      <ul>
        {changes.map((change) => (
          <li
            key={change.resource}
            className="border-b border-kumo-hairline p-3 break-words last:border-b-0"
            style={{ contentVisibility: 'auto' }}
          >
            <code className="font-semibold">{change.resource}</code> {WORDS[change.change]}
            <Fields
              change={change}
              before={were.get(change.resource)}
              after={are.get(change.resource)}
            />
          </li>
        ))}
      </ul>
    </div>
  )
}

const WORDS = {
  created: 'is new',
  changed: 'changes',
  archived: 'is archived',
  restored: 'comes back from the archive',
} as const satisfies Record<Change['change'], string>

function Fields(props: {
  readonly change: Change
  readonly before: unknown
  readonly after: unknown
}) {
  const { change, before, after } = props
  const { fields, fieldCount } = change
  if (fieldCount === 0) return null
  return (
    <ul className="mt-1 pl-4 text-sm">
      {fields.flatMap((pointer) =>
        turnsAt(pointer, found(before, pointer), found(after, pointer)).map(([name, was, is]) => (
          <li key={name}>
            {name}: <code>{was}</code> → <code>{is}</code>
          </li>
        )),
      )}
      {fieldCount > fields.length ? <li>and {fieldCount - fields.length} more</li> : null}
    </ul>
  )
}

/** By the path of each. */
function itemsOf({ features, plans, defaultPlanId }: Catalogue | CatalogueInput) {
  return new Map<string, unknown>([
    ...features.map((each) => [`features/${each.id}`, each] as const),
    ...plans.map((each) => [`plans/${each.id}`, each] as const),
    ['catalogue', { defaultPlanId }],
  ])
}

type Turn = readonly [name: string, was: string, is: string]

/** One field; of an object that stays one, each member that differs. */
function turnsAt(pointer: string, before: unknown, after: unknown): readonly Turn[] {
  const name = pointer.slice(1)
  if (!isObject(before) || !isObject(after)) return [[name, textOf(before), textOf(after)]]
  const members = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return members.flatMap((member): readonly Turn[] => {
    const was = textOf(found(before, `/${member}`))
    const is = textOf(found(after, `/${member}`))
    return was === is ? [] : [[`${name}/${member}`, was, is]]
  })
}

function found(item: unknown, pointer: string): unknown {
  const steps = pointer.slice(1).split('/')
  return steps.reduce<unknown>(
    (value, step) => (Object.hasOwn(Object(value), step) ? Object(value)[step] : undefined),
    item,
  )
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What is left out is as the service has it by itself. */
function textOf(value: unknown): string {
  const text = value === undefined ? '–' : JSON.stringify(value)
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)} …`
}

const LONGEST = 300
