import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectCode } from './expect-code.ts'
import { openThreeHosts, type ThreeHosts } from './three-hosts.ts'

const lost =
  'node-2/certificate/app   lost: the connection was lost; the next run finds out how far it came, and finishes or undoes it'

describe('an apply to three hosts, cut short when all is ready to be put in place on the second', () => {
  let three: ThreeHosts

  beforeAll(async () => {
    three = await openThreeHosts()
  })
  afterAll(() => three?.close())

  /** Until the file /srv/hold is gone, nothing goes to its place there. */
  const cutShort = async (release: string, cut: () => unknown) => {
    three.second.run('touch /srv/hold')
    const running = three.apply(release)
    const held = () => existsSync(join(three.second.root, 'srv/held'))
    await expect.poll(held, { timeout: 30_000 }).toBe(true)
    await cut()
    const ran = await running
    expectCode(ran, 4)
    expect(ran.stdout).toContain(lost)
    expect(ran.stderr).toContain('skipped: node-2: restart app')
  }
  const letGo = () => three.second.run('rm /srv/hold /srv/held')
  const expectHealedByNextRun = async (release: string) => {
    expectCode(await three.apply(release), 0)
    await three.expectHealed(release)
  }

  it('is finished there when only the connection is lost, and the next run does the rest', async () => {
    await cutShort('cut-off', () => three.second.connect(false))
    expect(three.releases()).toEqual(['cut-off', 'first', 'first'])
    three.second.connect(true)
    letGo()
    await expect.poll(three.releases, { timeout: 10_000 }).toEqual(['cut-off', 'cut-off', 'first'])
    await expectHealedByNextRun('cut-off')
  })

  it('leaves the old files when the power is lost, and the next run does it all', async () => {
    await cutShort('powerless', three.second.powerOff)
    await three.second.powerOn()
    expect(three.releases()).toEqual(['powerless', 'cut-off', 'cut-off'])
    letGo()
    await expectHealedByNextRun('powerless')
  })
})
