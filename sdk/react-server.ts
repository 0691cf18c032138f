/** What a server that renders React needs: a module without hooks, so that a server component can call it. */
import type { Client, Held } from './contract.ts'

/**
 * What the page begins with: give it to `<SluiceProvider initial>`. It goes into the page as it is: it tells of this
 * customer alone, and nothing that the customer may not know.
 *
 * Null where the service could not be asked: the page then shows `loading`, and its browser asks. An outage of
 * entitlements is none of the page.
 */
export async function serverSnapshot<F extends string>(
  client: Client<F>,
  customerId: string,
  { onProblem = () => undefined }: { readonly onProblem?: (problem: unknown) => void } = {},
): Promise<Held | null> {
  try {
    const { version, revision, asOf, ageMs, data } = await client.entitlements({ customerId })
    return { customerId, version, revision, asOf, ageMs, data }
  } catch (problem) {
    onProblem(problem)
    return null
  }
}
