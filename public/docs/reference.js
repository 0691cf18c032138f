// Whoever reads this page runs their own Sluice: a key that is typed in goes to this origin, and is not kept.
globalThis.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  displayOperationId: true,
  defaultModelsExpandDepth: 0,
  docExpansion: 'list',
  filter: true,
  persistAuthorization: false,
  validatorUrl: null,
})
