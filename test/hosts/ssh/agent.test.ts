import { expect, it } from 'vitest'
import { agent } from '../../../src/hosts/ssh/agent.ts'

it('no two functions of the agent have one name: the later would stand in for the earlier', () => {
  const names = [...agent.matchAll(/^(\w+)\(\)/gm)].map(([, name]) => name)
  expect(names).toContain('run')
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
})
