/** Of one customer. */
export function Features({ customerId }: { readonly customerId: string }) {
  return <h2 className="text-lg font-semibold">Features of {customerId}</h2>
}
