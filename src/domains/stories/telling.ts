import { type Issue, invalidInput } from '../../core/errors.ts'
import { wordInCode } from '../language/rules.ts'
import { type Tags, tagFields } from '../publications/codes.ts'
import type { Telling } from '../publications/store.ts'
import type { StoryContent } from './view.ts'

interface Said extends Omit<Telling, 'content'>, StoryContent {}

/** What is to be stored, or every fault of it at once: codes are the service's own words and carry no stigma. */
export function toTelling({ title, text, media, ...said }: Said): Telling {
  const issues = [...codeFaults(said.tags), ...(text === null && media.length === 0 ? [nothingTold] : [])]
  if (issues.length > 0) throw invalidInput(...issues)
  return { ...said, content: { title, text, media } }
}

const nothingTold: Issue = {
  path: ['text'],
  code: 'nothing_told',
  detail: 'A story has a text, or media that tell it.',
}

function codeFaults(tags: Tags): Issue[] {
  return tagFields.flatMap((field) =>
    (tags[field] ?? []).flatMap((code, index): Issue[] => {
      const word = wordInCode(code)
      if (!word) return []
      const detail = `A code is this service’s own language. Better: ${word.better.join('; ')}.`
      return [{ path: ['tags', field, index], code: 'stigmatizing_code', detail }]
    }),
  )
}
