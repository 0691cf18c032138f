/** The runtime's own floor: nothing is looked at, nothing is made but the answer. */
export default {
  fetch: () => new Response('{"hasAccess":true}'),
} satisfies ExportedHandler
