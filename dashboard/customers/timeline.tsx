/** Of one customer. */
export function Timeline({ customerId }: { readonly customerId: string }) {
  return <h2 className="text-lg font-semibold">Timeline of {customerId}</h2>
}
