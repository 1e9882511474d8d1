/** Changes with every change of the list below; each check and each story that passed one names it. */
export const wordList = 'words-1'

/** In which language the list is. A text in another one is not checked, and the answer says so. */
export const wordListLanguage = 'en'

/** Where a proposal comes from. */
export const wordSources = {
  nida: 'NIDA, Words Matter: Terms to Use and Avoid When Talking About Addiction, https://nida.nih.gov/nidamed-medical-health-professionals/health-professions-education/words-matter-terms-to-use-avoid-when-talking-about-addiction',
  service: 'A rule of this service: people come first, and a return to use ends nothing.',
} as const
export type WordSource = keyof typeof wordSources

export interface Word {
  readonly term: string
  /** As it is written in texts. Of a word with an innocent meaning only the phrases that have the other one. */
  readonly forms: readonly string[]
  readonly better: readonly string[]
  readonly why: string
  readonly source: WordSource
}

const person = 'It names a person after a condition. A person has it, and is more than it.'
const moral = 'It makes a matter of character out of a matter of health.'
const dirt = 'It calls a person, or a result about them, clean or dirty.'

export const words: readonly Word[] = [
  {
    term: 'addict',
    forms: ['addict', 'addicts'],
    better: ['person with a substance use disorder'],
    why: person,
    source: 'nida',
  },
  {
    term: 'former addict',
    forms: [
      'former addict',
      'former addicts',
      'ex-addict',
      'ex-addicts',
      'reformed addict',
      'recovering addict',
    ],
    better: ['person in recovery', 'person in long-term recovery'],
    why: person,
    source: 'nida',
  },
  {
    term: 'alcoholic',
    forms: ['alcoholic', 'alcoholics'],
    better: ['person with alcohol use disorder'],
    why: person,
    source: 'nida',
  },
  {
    term: 'drunk',
    forms: ['a drunk', 'the drunk', 'drunks', 'drunkard', 'drunkards'],
    better: ['person who drinks more than is healthy'],
    why: person,
    source: 'nida',
  },
  {
    term: 'junkie',
    forms: ['junkie', 'junkies', 'junky', 'crackhead', 'crackheads', 'druggie', 'druggies'],
    better: ['person who uses drugs', 'person with a substance use disorder'],
    why: person,
    source: 'nida',
  },
  {
    term: 'user',
    forms: ['drug user', 'drug users', 'substance user', 'substance users', 'heroin user', 'heroin users'],
    better: ['person who uses drugs', 'person with a substance use disorder'],
    why: person,
    source: 'nida',
  },
  {
    term: 'abuser',
    forms: [
      'drug abuser',
      'drug abusers',
      'substance abuser',
      'substance abusers',
      'alcohol abuser',
      'abuser of',
    ],
    better: ['person with a substance use disorder', 'person who uses drugs'],
    why: person,
    source: 'nida',
  },
  {
    term: 'abuse',
    forms: [
      'drug abuse',
      'substance abuse',
      'alcohol abuse',
      'abused drugs',
      'abused alcohol',
      'abusing drugs',
    ],
    better: ['use', 'misuse, of a prescribed medicine', 'substance use disorder'],
    why: moral,
    source: 'nida',
  },
  {
    term: 'habit',
    forms: ['drug habit', 'heroin habit', 'kicked the habit', 'kick the habit'],
    better: ['substance use disorder', 'addiction'],
    why: 'It says that will alone would be enough to stop.',
    source: 'nida',
  },
  {
    term: 'clean',
    forms: [
      ...[
        'get clean',
        'got clean',
        'getting clean',
        'stay clean',
        'stayed clean',
        'staying clean',
        'been clean',
      ],
      ...[
        'am clean',
        'clean time',
        'clean date',
        'clean and sober',
        'clean urine',
        'clean test',
        'clean drug test',
      ],
    ],
    better: ['in recovery', 'not using', 'of a test: negative'],
    why: dirt,
    source: 'nida',
  },
  {
    term: 'dirty',
    forms: ['dirty urine', 'dirty test', 'dirty drug test', 'tested dirty', 'came back dirty'],
    better: ['of a test: positive', 'person who uses drugs'],
    why: dirt,
    source: 'nida',
  },
  {
    term: 'addicted baby',
    forms: ['addicted baby', 'addicted babies', 'crack baby', 'crack babies'],
    better: ['newborn exposed to substances', 'newborn with withdrawal syndrome'],
    why: 'A newborn can have signs of withdrawal. Addiction is behaviour, which a newborn has none of.',
    source: 'nida',
  },
  {
    term: 'substitution',
    forms: ['opioid substitution', 'replacement therapy', 'substitution therapy', 'substitution treatment'],
    better: ['medication for opioid use disorder'],
    why: 'It says that a medicine is one drug in place of another.',
    source: 'nida',
  },
  {
    term: 'relapse',
    forms: ['relapse', 'relapses', 'relapsed', 'relapsing', 'fell off the wagon'],
    better: ['recurrence of use', 'return to use'],
    why: 'It counts one return to use as a fall back to the beginning. What was achieved stays achieved.',
    source: 'service',
  },
]
