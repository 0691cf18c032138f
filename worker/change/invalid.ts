import { err, type Result } from '../../entitlements/result.ts'
import type { Failure } from '../failures.ts'

/** One field that has the right form but not a value that makes sense here. */
export function invalidValue(pointer: string, expected: string): Failure {
  return { code: 'invalid_request', errors: [{ pointer, code: 'invalid_value', expected }] }
}

/** The same as a result. */
export function invalid(pointer: string, expected: string): Result<never, Failure> {
  return err(invalidValue(pointer, expected))
}
