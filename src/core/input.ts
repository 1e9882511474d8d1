import type { z } from 'zod'
import { AppError, type Issue } from './errors.ts'

/**
 * Parses an action's input and names every fault at once. The codes are public; docs/errors/invalid_input.md
 * lists them.
 */
export function parseInput<Input extends z.ZodType>(schema: Input, input: unknown): z.output<Input> {
  const parsed = schema.safeParse(input, { reportInput: true })
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.flatMap(toIssues)
  const onlyConsent = issues.every(({ code }) => code.startsWith('consent_'))
  throw onlyConsent
    ? new AppError('consent_incomplete', 'See errors: each missing element is named.', issues)
    : misshapen(issues)
}

/** A consent that lacks an element is a refusal, also where other members are malformed. */
function misshapen(issues: readonly Issue[]): AppError {
  const error = new AppError('invalid_input', 'See errors: each fault is named by its pointer.', issues)
  return issues.some(({ code }) => code.startsWith('consent_'))
    ? error
    : Object.assign(error, { isOfShape: true })
}

type ZodIssue = z.core.$ZodIssue

function toIssues(issue: ZodIssue): Issue[] {
  const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key],
      code: 'unknown_field',
      detail: 'There is no such member here; check its spelling and its place.',
    }))
  }
  return [{ path, code: codeOf(issue), detail: detailOf(issue) }]
}

function codeOf(issue: ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'required' : 'invalid_type'
    case 'too_big':
      return issue.origin === 'string' ? 'too_long' : issue.origin === 'array' ? 'too_many' : 'too_large'
    case 'too_small':
      return issue.origin === 'string' ? 'too_short' : issue.origin === 'array' ? 'too_few' : 'too_small'
    case 'invalid_format':
      return 'invalid_format'
    case 'invalid_value':
      return issue.input === undefined ? 'required' : 'invalid_code'
    case 'custom':
      return typeof issue.params?.code === 'string' ? issue.params.code : 'invalid'
    default:
      return 'invalid'
  }
}

/** zod's own wording names types and bounds, never the value; that is what makes it fit to send. */
function detailOf(issue: ZodIssue): string {
  return (issue.code === 'invalid_type' || issue.code === 'invalid_value') && issue.input === undefined
    ? 'This member is required.'
    : issue.message
}
