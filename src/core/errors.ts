/**
 * Every refusal the API can give. A code is public: it has a page in docs/errors, is documented in the
 * OpenAPI document and is never renamed. Layers below HTTP choose a code; only this table knows statuses.
 */
export const catalogue = {
  malformed_json: { status: 400, title: 'The body is not JSON in UTF-8' },
  invalid_cursor: { status: 400, title: 'The cursor does not belong to this list' },
  invalid_idempotency_key: { status: 400, title: 'The Idempotency-Key is not usable' },
  invalid_purpose: { status: 400, title: 'The purpose of use is not one that is known' },
  unauthenticated: { status: 401, title: 'No valid access token' },
  insufficient_scope: { status: 403, title: 'The token lacks a scope' },
  not_found: { status: 404, title: 'No such resource' },
  request_too_slow: { status: 408, title: 'The request did not arrive in time' },
  idempotency_in_progress: { status: 409, title: 'The first request with this key is still running' },
  transition_not_allowed: { status: 409, title: 'Not possible from the present status' },
  two_way_contact_required: { status: 409, title: 'No two-way contact is on record' },
  contact_attempts_required: { status: 409, title: 'Too few contact attempts are on record' },
  emergency_access_ended: { status: 409, title: 'The minutes of this emergency access are over' },
  review_by_another: { status: 409, title: 'Whoever opened or wrote it does not review it' },
  person_decides: { status: 409, title: 'Only the person decides this' },
  teller_consent_required: { status: 409, title: 'Whoever tells it has not consented' },
  consent_not_in_force: { status: 409, title: 'No consent in force covers this' },
  offer_already_open: { status: 409, title: 'Another offer is waiting for an answer' },
  offer_not_open: { status: 409, title: 'The offer is no longer open' },
  no_mentor_available: { status: 409, title: 'No mentor fits just now' },
  mentor_not_available: { status: 409, title: 'The mentor is not taking new people' },
  capacity_full: { status: 409, title: 'The mentor has no room' },
  conflict_of_interest: { status: 409, title: 'Another relation stands in the way' },
  match_excluded: { status: 409, title: 'The mentor does not fit this referral' },
  matching_run_under_way: { status: 409, title: 'A matching run of this program is under way' },
  already_accompanied: { status: 409, title: 'The referral already has an active mentorship' },
  record_kept: { status: 409, title: 'The record must be kept' },
  release_by_another: { status: 409, title: 'Whoever placed the hold does not release it' },
  record_erased: { status: 409, title: 'The data of this person was destroyed' },
  credential_overlaps: { status: 409, title: 'Another credential holds on some of these days' },
  attempts_exhausted: { status: 409, title: 'The quiz was tried as often as it may be' },
  course_not_completed: { status: 409, title: 'The course is not completed' },
  credit_not_accredited: { status: 409, title: 'The accreditation does not cover this credit' },
  credit_already_awarded: { status: 409, title: 'Credit for this version was awarded already' },
  presence_not_consented: { status: 409, title: 'The person has not consented to a learner’s presence' },
  hours_overlap: { status: 409, title: 'The learner was elsewhere at this time' },
  sign_off_by_supervisor: { status: 409, title: 'The supervisor of the placement signs' },
  document_hash_required: { status: 409, title: 'The hash of the document is missing' },
  accreditation_overlaps: { status: 409, title: 'Another accreditation holds on some of these days' },
  billing_rule_overlaps: { status: 409, title: 'Another revision counts some of these days' },
  natural_key_taken: { status: 409, title: 'Another record already has this identifier' },
  events_no_longer_kept: { status: 410, title: 'These events have left the log' },
  version_conflict: { status: 412, title: 'The resource has changed since you read it' },
  body_too_large: { status: 413, title: 'The body is larger than 256 KiB' },
  unsupported_media_type: { status: 415, title: 'Send application/json' },
  invalid_input: { status: 422, title: 'The input is not valid' },
  consent_incomplete: { status: 422, title: 'The consent lacks an element that 42 CFR 2.31 requires' },
  not_medical_personnel: { status: 422, title: 'Only medical personnel receive data in an emergency' },
  idempotency_key_reused: { status: 422, title: 'The Idempotency-Key was used for another request' },
  no_program_available: { status: 422, title: 'No program can take this referral' },
  precondition_required: { status: 428, title: 'Send If-Match' },
  rate_limited: { status: 429, title: 'More requests than a minute has room for' },
  too_many_streams: { status: 429, title: 'Too many streams are open' },
  headers_too_large: { status: 431, title: 'The head of the request is too large' },
  internal_error: { status: 500, title: 'Something went wrong on our side' },
  service_unavailable: { status: 503, title: 'Not able to answer just now' },
} as const satisfies Record<string, { status: number; title: string }>

export type ErrorCode = keyof typeof catalogue

/** One fault in an input: where it is, by path, and what it is, by a stable code. Never the value. */
export interface Issue {
  readonly path: readonly (string | number)[]
  readonly code: string
  readonly detail: string
}

/** An issue as clients get it: the path as a JSON pointer in a URI fragment (RFC 6901). */
export function toFault({ path, code, detail }: Issue) {
  const escaped = path.map((key) =>
    encodeURIComponent(String(key).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')),
  )
  return { pointer: ['#', ...escaped].join('/'), code, detail }
}

/** A refusal, worded for the client. Anything else that is thrown is a bug and is answered as one. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly issues: readonly Issue[]
  /** The input was not of the right shape: refused before anything was looked at. */
  readonly isOfShape: boolean = false

  constructor(code: ErrorCode, detail: string, issues: readonly Issue[] = []) {
    super(detail)
    this.name = 'AppError'
    this.code = code
    this.issues = issues
  }

  /** Read by Fastify where no handler of ours is in scope. */
  get statusCode(): number {
    return catalogue[this.code].status
  }
}

/** What may not be seen does not exist: one wording for an absent id and for somebody else's. */
export function notFound(what: string): AppError {
  return new AppError('not_found', `There is no such ${what}, or it is not yours to see.`)
}

/** For `.catch`: what does not exist is undefined, every other failure stays one. */
export function absentIfNotFound(error: unknown): undefined {
  if (error instanceof AppError && error.code === 'not_found') return undefined
  throw error
}

/** Faults that only a look into the database shows, named as those of the shape are. */
export function invalidInput(...issues: readonly Issue[]): AppError {
  return new AppError('invalid_input', 'See errors: each fault is named by its pointer.', issues)
}
