import { ok } from '../../entitlements/result.ts'
import { paymentStatus } from '../payments/status.ts'
import type { Handler } from '../route.ts'

/** How this deployment stands with whoever takes payments. */
export const getPaymentSettings: Handler = async (call) => ok({ body: await paymentStatus(call) })
