import type { Action } from '../core/action.ts'

/** A field that leads from one object to what REST has under it. */
export interface Field {
  /** Its counterpart on REST: says type, arguments, scope and words. */
  readonly action: Action
  /** Reads the same for many parents in one statement. Without it the field is asked for one parent at a time. */
  readonly each?: Action
  /** The member of the action's input that takes the parent; `id` where nothing is said. */
  readonly by?: string
  /** The parent's member that is given to it. */
  readonly from?: string
  /** What one costs, where that is more than reading a row. */
  readonly cost?: number
}

/** A member that is another object: the whole of it. */
export interface Reference {
  /** `Node` where the kind of thing is not known before it is looked up. */
  readonly entity: string
  readonly from: string
  readonly description: string
}

/** What happens, as it happens: events of some types, each with what it is about as it is then. */
export interface Subscription {
  readonly description: string
  /** Types of events, as the feed takes them: `referral.*`. */
  readonly types: string
  /** What the subject of such an event is, under which name, and how it is read. */
  readonly shows: { readonly member: string; readonly contract: string; readonly many: Action }
}

/** What has an id of its own: `node` finds it. */
export type Entity = ReadTogether | ReadByItself

/** Met by the page: a member that holds its id has it beside it. */
export interface ReadTogether {
  /** Reads many by their ids. */
  readonly many: Action
  /** Members that hold its id under another name: `replacesId`. What ends on its own name need not be said. */
  readonly also?: readonly string[]
}

/** Looked at one at a time, as on REST and by the same action: nothing leads a whole page to it. */
export interface ReadByItself {
  readonly one: Action
}

/** What a domain adds to the graph. Types, arguments and descriptions follow its contracts and routes. */
export interface Graph {
  readonly entities?: Readonly<Record<string, Entity>>
  readonly queries?: Readonly<Record<string, Action>>
  readonly mutations?: Readonly<Record<string, Action>>
  readonly fields?: Readonly<Record<string, Readonly<Record<string, Field | Reference>>>>
  readonly subscriptions?: Readonly<Record<string, Subscription>>
  /** Names of enums that would be called after the place where they stand first. */
  readonly enums?: Readonly<Record<string, readonly string[]>>
}

export const isReadTogether = (entity: Entity): entity is ReadTogether => 'many' in entity

export const isReference = (field: Field | Reference): field is Reference => 'entity' in field
