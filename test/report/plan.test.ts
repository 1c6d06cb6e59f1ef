import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ajvModule from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { planToJson, resultToJson } from '../../src/report/json.ts'
import { formatPlan } from '../../src/report/plan-text.ts'
import { formatResult } from '../../src/report/result-text.ts'
import { makeEngine, smallPolicy, start } from '../support/engine.ts'

const plain = { colour: false, verbose: false }
const later = (days: number) => new Date(Date.parse(start) + days * 86_400_000).toISOString()

describe('a plan as text', () => {
  it('tells a first deployment', async () => {
    const engine = await makeEngine(smallPolicy())
    expect(formatPlan(await engine.plan(), plain)).toBe(`test   2026-11-23T00:00:00Z

node-1
  + create   authority ca                       /pki/ca.crt
      missing                    no certificate, no private key   policy.yml:8:5
      not after                  2036-11-20
      key                        new ECDSA 256
      files                      /pki/ca.key
  + create   certificate leaf                   /pki/leaf.crt
      missing                    no certificate, no private key   policy.yml:20:5
      not after                  2027-03-03
      key                        new ECDSA 256
      files                      /pki/leaf.key

Plan: 2 to create · no restart · no alarm · 1 host
`)
  })

  it('says clearly when there is nothing to do, and why when asked', async () => {
    const engine = await makeEngine(smallPolicy())
    await engine.apply()
    const plan = await engine.plan()
    expect(formatPlan(plan, plain)).toBe(`test   2026-11-23T00:00:00Z

unchanged: authority ca, certificate leaf (-v says why)

Nothing to do: 2 certificates in order on 1 host.
`)
    expect(formatPlan(plan, { colour: false, verbose: true })).toMatch(
      /= node-1\/certificate\/leaf {3}as the policy wants it: valid until 2027-03-03, ECDSA 256 sha256:[0-9a-f]{8}…/,
    )
  })

  it('shows a renewal as old → new', async () => {
    const engine = await makeEngine(smallPolicy())
    await engine.apply()
    const text = formatPlan(await engine.plan(later(90)), plain)
    expect(text).toMatch(
      / {2}~ renew {4}certificate leaf +\/pki\/leaf\.crt\n {6}expires-soon +expires 2027-03-03, in 10 days; renewed from 15 days before {3}policy\.yml:23:5\n/,
    )
    expect(text).toMatch(/serial +[0-9a-f]{2}:[0-9a-f]{2}:…:[0-9a-f]{2} → new\n/)
    expect(text).toMatch(/fingerprint +sha256:[0-9a-f]{8}… → new\n/)
    expect(text).toMatch(/not after +2027-03-03 → 2027-06-01\n/)
    expect(text).toMatch(/key +ECDSA 256 sha256:[0-9a-f]{8}… → new ECDSA 256\n/)
    expect(text).toContain('Plan: 1 to renew · no restart · no alarm · 1 host')
  })

  it('names what stops a host, and what to do', async () => {
    const engine = await makeEngine(smallPolicy())
    await engine.apply()
    writeFileSync(join(engine.root(), 'pki/leaf.key'), 'spoiled')
    const text = formatPlan(await engine.plan(), plain)
    expect(text).toContain('✗ certificate leaf   /pki/leaf.key holds no PEM private key')
    expect(text).toContain('put the right key back')
    expect(text).toContain('! raise')
    expect(text).toContain('1 alarm raised · 1 host · 1 host with a problem')
  })

  it('has colours only where they are wanted', async () => {
    const plan = await (await makeEngine(smallPolicy())).plan()
    const colour = '\u001b['
    expect(formatPlan(plan, plain)).not.toContain(colour)
    expect(formatPlan(plan, { colour: true, verbose: false })).toContain(colour)
  })
})

describe('a plan as JSON', () => {
  const validate = new ajvModule.Ajv2020({ formats: { 'date-time': true }, strictTypes: false }).compile(
    JSON.parse(readFileSync('schemas/plan.schema.json', 'utf8')),
  )

  it.each([
    ['a first deployment', async () => (await makeEngine(smallPolicy())).plan()],
    [
      'a renewal with a problem elsewhere',
      async () => {
        const engine = await makeEngine(smallPolicy('', 'held_by: all'), ['node-1', 'node-2'])
        await engine.apply()
        writeFileSync(join(engine.root('node-2'), 'pki/leaf.key'), 'spoiled')
        rmSync(join(engine.root('node-1'), 'pki/leaf.crt'))
        return engine.plan(later(90))
      },
    ],
  ])('fits its schema: %s', async (_what, make) => {
    const json = planToJson(await make())
    expect(validate(JSON.parse(JSON.stringify(json))), JSON.stringify(validate.errors)).toBe(true)
  })

  it('counts every action', async () => {
    const json = planToJson(await (await makeEngine(smallPolicy())).plan())
    expect(json).toMatchObject({
      format_version: '1.0',
      summary: {
        create: 2,
        renew: 0,
        replace: 0,
        update: 0,
        restart: 0,
        reload: 0,
        raise: 0,
        clear: 0,
        unchanged: 0,
      },
    })
  })
})

it('no output holds a line of any private key', async () => {
  const engine = await makeEngine(smallPolicy())
  const plan = await engine.plan()
  const result = await engine.apply(start, { plan })
  const again = await engine.plan(later(90))
  const output = [plan, again].flatMap((each) => [formatPlan(each, plain), JSON.stringify(planToJson(each))])
  output.push(formatResult(result, plain), JSON.stringify(resultToJson(result)))
  for (const file of ['pki/ca.key', 'pki/leaf.key']) {
    const lines = engine.read(file).toString().split('\n').slice(1, -2)
    expect(lines).not.toEqual([])
    for (const line of lines) for (const text of output) expect(text).not.toContain(line)
  }
})

it('a result says what became of every change', async () => {
  const engine = await makeEngine(smallPolicy())
  const result = await engine.apply()
  expect(formatResult(result, plain)).toBe(`✔ create   node-1/authority/ca       2 files installed
✔ create   node-1/certificate/leaf   2 files installed
Applied: 2 done of 2 tasks
`)
  expect(resultToJson(result)).toMatchObject({
    summary: { done: 2, failed: 0, rolled_back: 0 },
    outcomes: [{ address: 'node-1/authority/ca', action: 'create', status: 'done' }, {}],
  })
})
