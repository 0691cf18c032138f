/** A person with a browser at a payment page: reads it, presses a button, goes where that leads. */
import { Refusal } from '../dev/refusal.ts'

/** Where a browser stands after it has followed what it was sent. */
export interface Place {
  readonly url: string
  readonly heading: string
}

/** Opens a payment page and presses the button of that name; returns where the application's customer comes out. */
export async function pressAt(pageUrl: string, outcome: string): Promise<Place> {
  const page = await fetch(pageUrl)
  const html = await page.text()
  const form = formWith(html, outcome)
  if (!page.ok || form === null)
    throw new Refusal(`${pageUrl} has no button "${outcome}":\n${html}`)
  const answer = await fetch(new URL(form.action, pageUrl), {
    method: 'POST',
    redirect: 'manual',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ [form.field]: outcome }),
  })
  const text = await answer.text()
  return { url: answer.headers.get('Location') ?? answer.url, heading: headingOf(text || html) }
}

interface Form {
  readonly action: string
  readonly field: string
}

function formWith(html: string, outcome: string): Form | null {
  for (const [form, attributes = ''] of html.matchAll(/<form([^>]*)>.*?<\/form>/gs)) {
    const [button] = [...form.matchAll(/<button[^>]*>/g)].filter(([tag]) =>
      tag.includes(`value="${outcome}"`),
    )
    const field = button?.[0].match(/name="([^"]+)"/)?.[1]
    const action = attributes.match(/action="([^"]*)"/)?.[1]
    if (field !== undefined) return { action: action ?? '', field }
  }
  return null
}

function headingOf(html: string): string {
  return (
    html
      .match(/<h1[^>]*>(.*?)<\/h1>/s)?.[1]
      ?.replaceAll(/<[^>]+>/g, '')
      .trim() ?? ''
  )
}
