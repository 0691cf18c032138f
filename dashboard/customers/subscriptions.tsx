/** Of one customer. */
export function Subscriptions({ customerId }: { readonly customerId: string }) {
  return <h2 className="text-lg font-semibold">Subscriptions of {customerId}</h2>
}
