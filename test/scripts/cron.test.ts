import { createServer } from 'node:http'
import { expect, it } from 'vitest'
import { CRON_PATH, followSchedule } from '../../scripts/dev/cron.ts'

it('the schedule is followed until it is told to stop, whatever a tick answers', async () => {
  const ticks: (string | undefined)[] = []
  const twice = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    ticks.push(request.url)
    response.statusCode = 500
    response.end()
    if (ticks.length === 2) twice.resolve()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const stop = followSchedule(port, 5)
  await twice.promise
  stop()
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
  expect(new Set(ticks)).toEqual(new Set([CRON_PATH]))
})
