import { expect, test } from 'vitest'
import { slotsOf } from '../../../worker/webhooks/slots.ts'

test('slots are taken as long as they are free, as many as are wanted or as there are', async () => {
  const slots = slotsOf(5)
  expect([await slots.take(3), await slots.take(3)]).toEqual([3, 2])
  slots.give(2)
  expect(await slots.take(1)).toBe(1)
})

test('who waits is served in turn, one slot each, before anybody who comes later', async () => {
  const slots = slotsOf(2)
  await slots.take(2)
  const served: string[] = []
  const wait = async (name: string) => {
    const count = await slots.take(2)
    served.push(`${name} ${count}`)
  }
  const waiting = [wait('first'), wait('second'), wait('third')]
  slots.give(2)
  await Promise.all(waiting.slice(0, 2))
  expect(served).toEqual(['first 1', 'second 1'])
  slots.give(1)
  await Promise.all(waiting)
  expect(served).toEqual(['first 1', 'second 1', 'third 1'])
  slots.give(2)
  expect(await slots.take(5)).toBe(2)
})
