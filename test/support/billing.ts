// biome-ignore lint/suspicious/noExplicitAny: an answer, into which tests look freely
type Post = (operationId: string, path: string, body: object) => Promise<any>

let payers = 0

/** How one payer counts what was delivered, for every sweep over operations. */
export async function billingIn(post: Post) {
  const { id } = await post('billingRules.create', '/v1/billing-rules', {
    payerCode: `payer_${++payers}_${Date.now()}`,
    serviceCode: 'H0038',
    effectiveFrom: '2026-01-01',
    roundUpFromMinutes: 8,
    source: 'Sample State Medicaid manual, section 3',
  })
  return { 'billing-rules': id as string }
}
