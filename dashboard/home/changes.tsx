import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { auditQuery } from '../api/settings.ts'
import { Broken } from '../parts/broken.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { When } from '../parts/when.tsx'
import { whoText } from '../parts/who.ts'
import { Card, Listed } from './card.tsx'

/** What was done last, by whomever. */
export function Changes() {
  const changes = useQuery(auditQuery({ pageSize: '8' }))
  return (
    <Card title="Changed lately">
      {changes.isError ? (
        <Broken error={changes.error} reset={() => void changes.refetch()} />
      ) : changes.isPending ? (
        <Waiting lines={4} />
      ) : (
        <Listed
          empty="Nothing was changed yet."
          rows={changes.data.data.map(({ id, at, actor, action, resource }) => (
            <li key={id} className="break-words">
              {action} <code className="break-all">{resource}</code>
              <div className="text-sm text-kumo-subtle">
                <bdi>{whoText(actor)}</bdi>, <When at={at} />
              </div>
            </li>
          ))}
          more={
            <Link to="/settings/$section" params={{ section: 'audit' }} className="underline">
              The whole log
            </Link>
          }
        />
      )}
    </Card>
  )
}
