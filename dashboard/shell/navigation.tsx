import {
  GaugeIcon,
  GearIcon,
  type Icon,
  PuzzlePieceIcon,
  StackIcon,
  UsersIcon,
} from '@phosphor-icons/react'
import { Link, useLocation } from '@tanstack/react-router'

interface Place {
  readonly to: string
  readonly label: string
  readonly icon: Icon
}

/** Where one can go; the command palette goes there as well. */
export const PLACES: readonly Place[] = [
  { to: '/', label: 'Home', icon: GaugeIcon },
  { to: '/customers', label: 'Customers', icon: UsersIcon },
  { to: '/plans', label: 'Plans', icon: StackIcon },
  { to: '/features', label: 'Features', icon: PuzzlePieceIcon },
  { to: '/settings/keys', label: 'Settings', icon: GearIcon },
]

/** A column beside the page; a row above it on a phone. */
export function Navigation() {
  const { pathname } = useLocation()
  return (
    <nav
      aria-label="Pages"
      className="flex gap-1 overflow-x-auto border-kumo-hairline bg-kumo-base p-2 max-sm:border-b sm:w-48 sm:flex-col sm:border-r"
    >
      {PLACES.map(({ to, label, icon: Picture }) => (
        <Link
          key={to}
          to={to}
          aria-current={isAt(pathname, to) ? 'page' : undefined}
          className="flex items-center gap-2 rounded-md px-3 py-2 text-sm whitespace-nowrap text-kumo-default no-underline hover:bg-kumo-tint aria-[current=page]:bg-kumo-tint aria-[current=page]:font-semibold"
        >
          <Picture size={18} aria-hidden />
          {label}
        </Link>
      ))}
    </nav>
  )
}

function isAt(pathname: string, to: string): boolean {
  return pathname.split('/')[1] === to.split('/')[1]
}
