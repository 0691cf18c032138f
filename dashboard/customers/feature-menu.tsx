import { Button } from '@cloudflare/kumo/components/button'
import { DropdownMenu } from '@cloudflare/kumo/components/dropdown'
import { DotsThreeIcon } from '@phosphor-icons/react'
import { useNavigate } from '@tanstack/react-router'
import { useMay } from '../shell/session-context.ts'
import type { Row } from './feature-row.tsx'

/** What can be asked about one feature of one customer. */
export type Asked = 'override' | 'revert' | 'set' | 'reset' | 'usage'

/** Everything that can be done with one feature; what the role may not do is there, and says so. */
export function FeatureMenu(props: { readonly row: Row; readonly onAsk: (asked: Asked) => void }) {
  const { row, onAsk } = props
  const { entitlement, override, name } = row
  const navigate = useNavigate({ from: '/customers/$customerId' })
  const mayChange = useMay('customers')
  const isMeter = entitlement.type === 'meter'
  const explain = () =>
    void navigate({ search: { tab: 'explain', feature: entitlement.featureId } })
  const item = (asked: Asked, label: string) => (
    <DropdownMenu.Item disabled={asked !== 'usage' && !mayChange} onClick={() => onAsk(asked)}>
      {label}
    </DropdownMenu.Item>
  )
  return (
    <DropdownMenu>
      <DropdownMenu.Trigger
        render={
          <Button
            shape="square"
            variant="ghost"
            icon={DotsThreeIcon}
            aria-label={`Actions for ${name}`}
          />
        }
      />
      <DropdownMenu.Content>
        {mayChange ? null : (
          <DropdownMenu.Group>
            <DropdownMenu.Label>Your role may not change this</DropdownMenu.Label>
          </DropdownMenu.Group>
        )}
        {item(
          'override',
          override === undefined && !entitlement.overridden
            ? 'Override …'
            : 'Change the override …',
        )}
        {override === undefined && !entitlement.overridden
          ? null
          : item('revert', 'Revert to the plan')}
        {isMeter ? item('set', 'Set usage …') : null}
        {isMeter ? item('reset', 'Reset usage …') : null}
        <DropdownMenu.Separator />
        {isMeter ? item('usage', 'Usage history') : null}
        <DropdownMenu.Item onClick={explain}>Explain</DropdownMenu.Item>
      </DropdownMenu.Content>
    </DropdownMenu>
  )
}
