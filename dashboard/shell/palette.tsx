import { CommandPalette } from '@cloudflare/kumo/components/command-palette'
import { useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useDeferredValue, useState } from 'react'
import { catalogueQuery } from '../api/catalogue.ts'
import { customersQuery } from '../api/customers.ts'
import { PLACES } from './navigation.tsx'

interface Item {
  readonly id: string
  readonly title: string
  /** Below the dashboard's own path. */
  readonly to: string
}

interface Group {
  readonly label: string
  readonly items: readonly Item[]
}

/** Finds pages, customers, plans and features by the beginning of a name. */
export function Palette(props: {
  readonly open: boolean
  readonly onOpenChange: (open: boolean) => void
}) {
  const router = useRouter()
  const [search, setSearch] = useState('')
  const groups = useFound(useDeferredValue(search.trim()), props.open)
  const go = ({ to }: Item) => {
    props.onOpenChange(false)
    router.history.push(router.basepath + to)
  }
  return (
    <CommandPalette.Root
      {...props}
      items={groups}
      value={search}
      onValueChange={setSearch}
      itemToStringValue={({ label }: Group) => label}
      getSelectableItems={(all: readonly Group[]) => all.flatMap(({ items }) => [...items])}
      onSelect={go}
    >
      <CommandPalette.Input placeholder="A page, a customer, a plan, a feature" />
      <CommandPalette.List>
        <CommandPalette.Results>
          {(group: Group) => (
            <CommandPalette.Group key={group.label} items={[...group.items]}>
              <CommandPalette.GroupLabel>{group.label}</CommandPalette.GroupLabel>
              <CommandPalette.Items>
                {(item: Item) => (
                  <CommandPalette.Item key={item.id} value={item} onClick={() => go(item)}>
                    <bdi>{item.title}</bdi>
                  </CommandPalette.Item>
                )}
              </CommandPalette.Items>
            </CommandPalette.Group>
          )}
        </CommandPalette.Results>
        <CommandPalette.Empty>Nothing of that name.</CommandPalette.Empty>
      </CommandPalette.List>
    </CommandPalette.Root>
  )
}

/** How many of each kind are offered. */
const MOST = 6

function useFound(search: string, isOpen: boolean): Group[] {
  const customers = useQuery({
    ...customersQuery({ q: search, pageSize: String(MOST) }),
    enabled: isOpen && search !== '',
  })
  const catalogue = useQuery({ ...catalogueQuery, enabled: isOpen })
  const matching = (kind: string, all: readonly { readonly id: string; readonly name: string }[]) =>
    all
      .filter(({ id, name }) => search !== '' && has(`${id} ${name}`, search))
      .slice(0, MOST)
      .map(({ id, name }) => ({
        id: `${kind}/${id}`,
        title: `${name} (${id})`,
        to: `/${kind}/${encodeURIComponent(id)}`,
      }))
  const places = PLACES.filter(({ label }) => has(label, search))
  const found = customers.data?.data ?? []
  return [
    {
      label: 'Pages',
      items: places.map(({ label, to }) => ({ id: to, title: label, to })),
    },
    {
      label: 'Customers',
      items: found.map(({ id, name }) => ({
        id: `customers/${id}`,
        title: name === null ? id : `${name} (${id})`,
        to: `/customers/${encodeURIComponent(id)}`,
      })),
    },
    { label: 'Plans', items: matching('plans', catalogue.data?.plans ?? []) },
    { label: 'Features', items: matching('features', catalogue.data?.features ?? []) },
  ].filter(({ items }) => items.length > 0)
}

function has(text: string, search: string): boolean {
  return text.toLowerCase().includes(search.toLowerCase())
}
