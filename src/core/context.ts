import type { Tx } from '../db/client.ts'
import type { Keyring } from './keyring.ts'
import type { Targets } from './targets.ts'

/** The public vocabulary of permissions. Like error codes, none is ever renamed. */
export const scopes = [
  'organizations:read',
  'organizations:write',
  'programs:read',
  'programs:write',
  'patients:read',
  'patients:write',
  'patients:destroy',
  'consents:read',
  'consents:write',
  'agreements:read',
  'agreements:write',
  'referrals:read',
  'referrals:write',
  'engagement:read',
  'mentors:read',
  'mentors:write',
  'matching:read',
  'matching:write',
  'mentorships:read',
  'mentorships:write',
  'stories:read',
  'stories:write',
  'plans:read',
  'plans:write',
  'education:read',
  'education:write',
  'emergencies:read',
  'emergencies:write',
  'emergencies:review',
  'insights:read',
  'events:read',
  'webhooks:read',
  'webhooks:write',
  'clients:read',
  'clients:write',
  'network:write',
  'audit:read',
  'disclosures:read',
  'disclosures:write',
  'recognition:read',
  'recognition:write',
  'billing:read',
  'billing:write',
] as const
export type Scope = (typeof scopes)[number]

/**
 * Scopes that a client gets only by asking for them by name, for minutes: what they open is meant for the moment in
 * which it is needed, not for whatever else a long-lived token does.
 */
export const stepUpScopes: ReadonlySet<string> = new Set<Scope>(['emergencies:write'])
export const stepUpSecondsMax = 300

/** The kinds of thing that events, clocks, audit rows and disclosures are about. */
export const subjectTypes = [
  'organization',
  'program',
  'client',
  'patient',
  'consent',
  'restriction',
  'agreement',
  'treating_relationship',
  'minor_policy',
  'legal_hold',
  'retention_policy',
  'referral',
  'mentor',
  'screening',
  'credential',
  'requirement',
  'supervision_session',
  'story',
  'blueprint',
  'recovery_plan',
  'milestone',
  'learner',
  'course',
  'course_version',
  'course_accreditation',
  'enrolment',
  'credit_award',
  'certificate',
  'external_credit',
  'renewal_rule',
  'learning_program',
  'cohort',
  'placement',
  'placement_hour',
  'conflict_declaration',
  'panel',
  'offer',
  'shortlist',
  'matching_run',
  'mentorship',
  'contact',
  'emergency',
  'engagement_rule_set',
  'disclosure',
  'accounting_request',
  'webhook_endpoint',
  'accreditation',
  'recognition_scheme',
  'recognition_evaluation',
  'recognition_appeal',
  'recognition_credential',
  'organization_need',
  'billing_rule',
  'clinician_terms',
  'clinician_acceptance',
  'recognition_consent',
  'public_directory',
] as const
export type SubjectType = (typeof subjectTypes)[number]

/** Past tense, singular subject first. Public: subscribers filter on them. */
export type EventType =
  | `organization.${'created' | 'updated'}`
  | `program.${'created' | 'updated'}`
  | `client.${'created' | 'secret_rotated' | 'revoked'}`
  | `patient.${'created' | 'updated' | 'erased'}`
  | `legal_hold.${'placed' | 'released'}`
  | 'retention_policy.updated'
  | `consent.${'drafted' | 'signed' | 'granted' | 'suspended' | 'reinstated' | 'revoked' | 'superseded' | 'expiring' | 'expired' | 'entered_in_error'}`
  | `restriction.${'requested' | 'agreed' | 'denied' | 'ended'}`
  | `agreement.${'recorded' | 'terminated'}`
  | `treating_relationship.${'began' | 'ended'}`
  | 'minor_policy.updated'
  | `referral.${'requested' | 'accepted' | 'rejected' | 'cancelled' | 'on_hold' | 'in_progress' | 'completed' | 'failed' | 'entered_in_error' | 'updated'}`
  | `mentor.${'created' | 'updated' | 'eligibility_lapsed' | 'eligibility_restored'}`
  | `screening.${'recorded' | 'updated'}`
  | `credential.${'recorded' | 'updated'}`
  | `requirement.${'set' | 'ended'}`
  | 'supervision_session.recorded'
  | `${'story' | 'blueprint'}.${'created' | 'updated' | 'submitted' | 'consented' | 'published' | 'returned' | 'withdrawn'}`
  | `learner.${'created' | 'updated'}`
  | 'course.created'
  | `course_version.${'drafted' | 'published' | 'retired'}`
  | 'course_accreditation.recorded'
  | `credit_award.${'made' | 'revoked'}`
  | `certificate.${'issued' | 'revoked'}`
  | `external_credit.${'submitted' | 'accepted' | 'rejected'}`
  | 'renewal_rule.created'
  | 'learning_program.created'
  | 'cohort.created'
  | `placement.${'created' | 'progressed' | 'completed' | 'withdrawn'}`
  | `placement_hour.${'recorded' | 'signed' | 'entered_in_error'}`
  | `enrolment.${'created' | 'progressed' | 'completed' | 'failed' | 'withdrawn' | 'revoked'}`
  | `conflict_declaration.${'made' | 'withdrawn'}`
  | 'panel.replaced'
  | `recovery_plan.${'started' | 'updated' | 'adopted' | 'signed'}`
  | `milestone.${'shared' | 'unshared'}`
  | 'program.capacity_reported'
  | `offer.${'made' | 'accepted' | 'declined' | 'expired' | 'withdrawn'}`
  | `shortlist.${'made' | 'chosen'}`
  | `matching_run.${'requested' | 'completed' | 'failed' | 'applied'}`
  | `mentorship.${'started' | 'updated' | 'agreed' | 'paused' | 'resumed' | 'needs_reassignment' | 'closed' | 'voice_heard'}`
  | `contact.${'recorded' | 'corrected'}`
  | `emergency.${'opened' | 'documented' | 'undocumented_overdue' | 'reviewed'}`
  | `clock.${'reminded' | 'breached' | 'escalated'}`
  | `engagement_rule_set.${'proposed' | 'activated'}`
  | 'engagement.changed'
  | 'disclosure.recorded'
  | `accounting_request.${'received' | 'extended' | 'fulfilled'}`
  | 'accompaniment.violated'
  | `webhook_endpoint.${'created' | 'updated' | 'secret_rotated' | 'disabled' | 'enabled' | 'deleted'}`
  | `accreditation.${'recorded' | 'confirmed' | 'withdrawn'}`
  | `recognition_scheme.${'published' | 'retired'}`
  | 'recognition_evaluation.made'
  | `recognition_appeal.${'opened' | 'upheld' | 'dismissed'}`
  | `recognition_credential.${'issued' | 'revoked' | 'bar_lifted'}`
  | `organization_need.${'published' | 'updated'}`
  | `public_directory.${'opened' | 'closed'}`
  | `recognition_consent.${'given' | 'withdrawn'}`
  | 'clinician_terms.published'
  | `clinician_acceptance.${'recorded' | 'withdrawn'}`
  | `billing_rule.${'created' | 'ended' | 'withdrawn'}`

/** Of these the subject is one person's: to another organization each is a disclosure, which a consent must permit. */
export type PersonEventType = Extract<
  EventType,
  `${'patient' | 'consent' | 'restriction' | 'treating_relationship' | 'disclosure' | 'accounting_request' | 'referral' | 'shortlist' | 'mentorship' | 'contact' | 'engagement' | 'recovery_plan' | 'milestone'}.${string}`
>

export const personTypes = ['mentor', 'patient'] as const
export type PersonType = (typeof personTypes)[number]

/** The one mentor or patient that a portal token speaks for. */
export interface Person {
  readonly type: PersonType
  readonly id: string
}

/** Why data is asked for (HL7 PurposeOfUse, in the words of 42 CFR part 2). A request that does not say is for treatment. */
export const purposesOfUse = [
  'treatment',
  'payment',
  'operations',
  'patient_request',
  'research',
  'audit',
  'legal_proceeding',
  'criminal_justice',
] as const
export type PurposeOfUse = (typeof purposesOfUse)[number]

/** In place of an organization where the service itself acts, because time has passed. */
export const systemOrganizationId = '00000000-0000-0000-0000-000000000000'

/** Who asks, as the access token says. */
export interface Caller {
  readonly networkId: string
  readonly organizationId: string
  readonly clientId: string
  readonly scopes: ReadonlySet<string>
  /** Set for a portal token: nothing that is not this person's own is found. */
  readonly person?: Person | undefined
  /** Named by the calling system, for the audit trail only. It never widens access. */
  readonly actingUser?: string | undefined
}

/** What an access token says. */
export interface Grant {
  readonly clientId: string
  readonly networkId: string
  readonly organizationId: string
  readonly scopes: readonly string[]
  readonly person?: Person | undefined
}

export type IssueToken = (grant: Grant) => Promise<{ accessToken: string; expiresInSeconds: number }>

/** The ways into the service. */
export const faces = ['rest', 'graphql', 'fhir', 'job', 'cli'] as const
export type Face = (typeof faces)[number]

/** What one request brings beside its caller. */
export interface Occasion {
  readonly requestId: string
  /** By which way it came, and from where as the service sees it: for the audit trail only. */
  readonly face?: Face | undefined
  readonly clientAddress?: string | undefined
  /** The instant of the request: the only "now" that business rules know. */
  readonly now: Date
  readonly idempotencyKey?: string | undefined
  /** Why the caller asks for data of another organization; it widens nothing that no consent or agreement covers. */
  readonly purpose?: PurposeOfUse | undefined
  /** Signs access tokens, where the request came by a face that has the keys. */
  readonly issueToken?: IssueToken | undefined
  /** The version that the caller last read (If-Match); a change to any other is refused. */
  readonly expectedVersion?: number | undefined
}

export interface TransactionOptions<Output = unknown> {
  /** The action's id: names the audit row, and scopes an idempotency key. */
  readonly action: string
  /** Present when the caller sent an Idempotency-Key: a digest of the input it was sent with. */
  readonly inputDigest?: string | undefined
  /** It takes down a wall for a while, so nothing may run beside it in its transaction. */
  readonly alone?: boolean | undefined
  /** It changes nothing, so a replica may answer it that has caught up; what it tells of is written before it is answered. */
  readonly fromReplica?: boolean | undefined
  /** Looks at an answer that was given before, in the transaction that would repeat it. */
  readonly again?: ((ctx: TxCtx, answer: Output) => Promise<Output>) | undefined
}

/** On what a read or a write rests. `own`: the row is the caller's organization's. */
export const bases = [
  'own',
  'internal',
  'qso',
  'consent',
  'patient_self',
  'emergency',
  'research',
  'audit',
  'court_order',
] as const
export interface Basis {
  readonly kind: (typeof bases)[number]
  /** The consent, agreement or grant. */
  readonly id?: string | undefined
}

export interface Refused {
  readonly action: string
  readonly code: string
  /** What was asked for by id, if anything was. */
  readonly subjectId?: string | undefined
}

/** The first argument of every action, whichever protocol the request came by. */
export interface Ctx extends Caller, Occasion {
  readonly keyring: Keyring
  /** Where the service may send to, on an organization's word. */
  readonly targets: Targets
  /** Set by the transaction when the answer was given before and is now repeated. */
  readonly answer: { replayed: boolean }
  /** Writes down that it was asked for and refused, after the transaction that refused it is gone. */
  readonly recordRefusal: (refused: Refused) => Promise<void>
  /** Runs `work` in one transaction that sees only what the caller may see; joins the open one, if any. */
  readonly transaction: <T>(work: (ctx: TxCtx) => Promise<T>, options: TransactionOptions<T>) => Promise<T>
  /**
   * Reads of many actions as of one instant: those that `work` calls with the context it is given share a transaction,
   * whose statements travel together. With a portal token each keeps its own, for the wall around its person comes
   * down within an action.
   */
  readonly snapshot: <T>(work: (ctx: Ctx) => Promise<T>) => Promise<T>
}

interface EventFacts {
  readonly subjectType: SubjectType
  readonly subjectId: string
  /** Whose event it is, where the service itself acts; else the caller's organization. */
  readonly organizationId?: string
  /** Organizations, beside the actor's own, that may learn of it. */
  readonly readerIds?: readonly string[]
  /** Whose record it tells of, where that is another organization than the one whose event it is. */
  readonly holderId?: string
  /** Codes only (a status, a reason). Never names, never free text. */
  readonly codes?: Readonly<Record<string, string>>
}

/** Of some the person is known only where the actor can see them; without a person nobody else learns of it. */
type PerhapsPersonEventType = Extract<EventType, `${'offer' | 'clock' | 'agreement' | 'emergency'}.${string}`>
type ImpersonalEventType = Exclude<EventType, PersonEventType | PerhapsPersonEventType>

export type NewEvent = EventFacts &
  (
    | { readonly type: PersonEventType; readonly patientId: string }
    | { readonly type: PerhapsPersonEventType; readonly patientId: string | null }
    | {
        readonly type: ImpersonalEventType
        readonly patientId?: undefined
        /** What the directory shows to the whole network, the log tells to the whole network. */
        readonly networkWide?: true
      }
  )

export interface Touched {
  readonly subjectType: SubjectType
  readonly subjectId: string
  readonly patientId?: string | undefined
}

/** Anything that drizzle built and has not sent yet. */
export interface Statement {
  readonly toSQL: () => { sql: string; params: unknown[] }
}

/** A context whose transaction is open. `db` is the only handle on the database there is. */
export interface TxCtx extends Ctx {
  readonly db: Tx
  /**
   * Sends a statement whose answer nobody needs, without waiting for it. It travels with the commit, which
   * fails if the statement does: a write then costs no round trip of its own.
   */
  readonly write: (statement: Statement) => void
  /** Records what happened, for feeds and webhooks, in the same transaction. */
  readonly emit: (event: NewEvent) => void
  /** Adds a job to its queue in the same transaction: ids and codes only. */
  readonly enqueue: (queue: string, input: Readonly<Record<string, string>>) => void
  /** Names what was read or changed, for the audit trail. No audit row, no answer. */
  readonly touch: (touched: Touched) => void
  /** On what the disclosure of these subjects rests, for their audit rows. Whatever is not named is the caller's own. */
  readonly restOn: (basis: Basis, subjectIds: readonly string[]) => void
  /**
   * Runs `work` with the organization wall down and the network wall standing: for the few changes that one
   * organization's act makes to another's rows (a withdrawn consent closes the other side's record too).
   * Call it alone, never beside other statements of the transaction.
   */
  readonly acrossOrganizations: <T>(work: () => Promise<T>) => Promise<T>
  /**
   * Takes the person wall down for the rest of the transaction; the organization wall stands. To be called once a
   * row of the person's own was found, for what belongs to it (the referral behind an offer, its clock). Without a
   * portal token it does nothing.
   */
  readonly beyondPerson: () => void
}
