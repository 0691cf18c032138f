/** A team of Cloudflare Access at an address of this machine, as a service in local development may be told of one. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type AccessTeam, type Differing, makeTeam } from './access-team.ts'

/** A team that can be reached. */
export interface ServedTeam {
  readonly team: AccessTeam
  /** What a deployment is told, so that the team lets people in. */
  readonly settings: Readonly<Record<string, string>>
  /** The header that Access adds to the requests of somebody; of an admin, unless it differs. */
  readonly header: (differing?: Differing) => Promise<Readonly<Record<string, string>>>
}

const ROLES = {
  'ann@example.com': 'admin',
  '*@support.example.com': 'support',
}

/** Serves the keys of a new team for as long as the process lives. */
export async function serveTeam(): Promise<ServedTeam> {
  const team = await makeTeam()
  const server = createServer(({ url }, response) => {
    const isKnown = url === '/cdn-cgi/access/certs'
    response.writeHead(isKnown ? 200 : 404, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify(isKnown ? team.certs() : {}))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  server.unref()
  // A server that listens on a port has an address with one.
  const { port } = server.address() as AddressInfo
  const issuer = `http://127.0.0.1:${port}`
  return {
    team,
    settings: {
      ACCESS_TEAM_DOMAIN: issuer,
      ACCESS_AUD: team.audience,
      ACCESS_ROLES: JSON.stringify(ROLES),
    },
    header: async (differing) => ({
      'Cf-Access-Jwt-Assertion': await team.assertion(issuer, Date.now(), differing),
    }),
  }
}
