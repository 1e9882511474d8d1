import type { Purpose } from '../consents/codes.ts'
import type { AgreementFacts, ConsentFacts, Decision } from '../decisions/facts.ts'
import type { Disclosure } from './contract.ts'
import { notices, noticeVersion } from './notice.ts'

type Scope = Disclosure['scope']

const plain = (codes: readonly string[]) => codes.map((code) => code.replaceAll('_', ' ')).join(', ')

/** What travels with the data: the notice of 42 CFR 2.32(a), and the scope of what it was disclosed under (2.32(b)). */
export function toDisclosure(
  id: string,
  { consent, agreement, permittedClasses }: Decision,
  purpose: Purpose,
  form: 'long' | 'short',
): Disclosure {
  const notice = { version: noticeVersion, form, text: notices[form] }
  if (consent) {
    const consentCopy = { href: `/v1/consents/${consent.id}`, sha256: consent.documentSha256 }
    const scope = scopeOfConsent(consent)
    return { id, basis: 'consent', consentId: consent.id, agreementId: null, notice, consentCopy, scope }
  }
  return {
    id,
    basis: basisOf(agreement),
    consentId: null,
    agreementId: agreement?.id ?? null,
    notice,
    consentCopy: null,
    scope: {
      recipients: [],
      dataClasses: [...permittedClasses],
      purposes: [purpose],
      expiresOn: agreement?.endsOn ?? null,
      explanation: `Covers ${plain(permittedClasses)}, for ${plain([purpose])} alone, under the ${plain([agreement?.kind ?? 'approval'])} on file.`,
    },
  }
}

function basisOf(agreement: AgreementFacts | undefined): Disclosure['basis'] {
  const kind = agreement?.kind
  return kind === 'research' || kind === 'audit' || kind === 'court_order' ? kind : 'emergency'
}

function scopeOfConsent(consent: ConsentFacts): Scope {
  const { dataClasses, purposes, expiresOn, recipients } = consent
  const until =
    expiresOn === null ? 'until it is revoked or its expiration event occurs' : `through ${expiresOn}`
  return {
    recipients: recipients.map(({ name }) => name),
    dataClasses: [...dataClasses],
    purposes: [...purposes],
    expiresOn,
    explanation: `Covers ${plain(dataClasses)}, for ${plain(purposes)}, ${until}. The patient may revoke it at any time.`,
  }
}
