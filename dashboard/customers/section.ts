/** What each part of a customer's page is given. */
export interface SectionProps {
  readonly customerId: string
  /** Whether a socket tells of changes now. */
  readonly isLive: boolean
}
