import { describe, expect, it } from 'vitest'
import type { Certificate } from '../../src/model/certificate.ts'
import { accepts, findPath } from '../../src/x509/accepts.ts'
import { askGo, verifyWithOpenssl } from '../support/consumers.ts'
import { authorityProfile, issue, leafProfile } from '../support/issue.ts'
import { type Presented, presentations } from './presented.ts'
import { twins } from './two-generations.ts'

const noon = '2030-01-01T00:00:00Z'
const der = ({ pem }: Certificate) => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
const toQuestion = ({ presented, anchors, at = noon }: Omit<Presented, 'what' | 'refusedBy'>) => ({
  chain: presented.map(der),
  anchors: anchors.map(der),
  at,
})
const questions = presentations.map(toQuestion)
const answers = askGo(questions)

describe('who presents', () => {
  it.each(presentations.map((each, index) => ({ ...each, index })))(
    '$what',
    ({ presented, anchors, at = noon, refusedBy, index }) => {
      const question = questions[index] ?? { chain: [] }
      const byGo = answers[index]?.Error ?? 'not asked'
      const byOpenssl = verifyWithOpenssl(question, []).join()
      const strictly = verifyWithOpenssl(question).join()
      const refusing = [
        ...(byGo === '' ? [] : ['go']),
        ...(byOpenssl === '' ? [] : ['openssl']),
        ...(byOpenssl === '' && strictly !== '' ? ['strict'] : []),
      ]
      expect(refusing, `${byGo} ${byOpenssl} ${strictly}`).toEqual(refusedBy)
      const isAccepted = !refusedBy.includes('go') && !refusedBy.includes('openssl')
      expect(accepts(presented, anchors, new Date(at))).toBe(isAccepted)
    },
  )
})

describe('accepts', () => {
  it('takes nobody for granted where OpenSSL chooses among roots of one subject', () => {
    const roots = twins.map(({ root }) => root)
    const combinations = twins.flatMap(({ without }) =>
      [roots, [...roots].reverse()].map((anchors) => ({ presented: [without] as const, anchors })),
    )
    const byOpenssl = combinations.map((each) => verifyWithOpenssl(toQuestion(each), []).length === 0)
    expect(byOpenssl).toContain(false)
    expect(byOpenssl).toContain(true)
    const own = combinations.map(({ presented, anchors }) => accepts(presented, anchors, new Date(noon)))
    expect(own).toEqual([false, false, false, false])
  })

  it('does not follow authorities that sign each other in circles', async () => {
    const one = await issue({ ...authorityProfile, subject: [{ type: 'CN', value: 'one' }] })
    const two = await issue({ ...authorityProfile, subject: [{ type: 'CN', value: 'two' }] })
    const cross = async (of: typeof one, by: typeof one) =>
      (await issue(of.profile, { by, key: of.key, keyId: of.certificate.subjectKeyId })).certificate
    const circle = [await cross(one, two), await cross(two, one)]
    const leaf = (await issue(leafProfile, { by: one })).certificate
    expect(accepts([leaf, ...circle], [], new Date(noon))).toBe(false)
    expect(accepts([leaf], circle, new Date(noon))).toBe(false)
  })

  it('gives up on more than anybody has', async () => {
    const root = await issue(authorityProfile)
    let signer = root
    const above: Certificate[] = []
    for (let depth = 0; depth < 10; depth += 1) {
      const subject = [{ type: 'CN', value: `middle ${depth}` }]
      signer = await issue({ ...authorityProfile, subject }, { by: signer })
      above.push(signer.certificate)
      const leaf = (await issue(leafProfile, { by: signer })).certificate
      const isShort = depth < 8
      expect(accepts([leaf, ...above], [root.certificate], new Date(noon)), `${depth}`).toBe(isShort)
    }
  })

  it('says which way it goes', async () => {
    const root = await issue(authorityProfile)
    const middle = await issue(
      { ...authorityProfile, subject: [{ type: 'CN', value: 'middle' }] },
      { by: root },
    )
    const leaf = (await issue(leafProfile, { by: middle })).certificate
    const path = findPath([leaf, root.certificate, middle.certificate], [root.certificate], new Date(noon))
    expect(path).toEqual([leaf, middle.certificate, root.certificate])
  })
})
