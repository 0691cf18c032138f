/** Of one customer. */
export function Explain({ customerId }: { readonly customerId: string }) {
  return <h2 className="text-lg font-semibold">Explain of {customerId}</h2>
}
