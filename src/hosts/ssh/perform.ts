// A program of steps → one script, that runs to its end or to its undoing even when nobody listens any more.
import { basename, dirname } from 'node:path'
import { formatAnnounced } from '../transaction/leftovers.ts'
import { formatState, type Place } from '../transaction/place.ts'
import type { Before, Dress, Performed, Program, Readable, Step } from '../transaction/step.ts'
import type { Connection, Records } from './connection.ts'
import { explainFailure } from './failure.ts'
import { call, quote } from './quote.ts'
import { makeScript, type Script } from './script.ts'

export interface PerformContext {
  readonly connection: Connection
  readonly root: string
  /** certwright's own folder, and where this run writes down what it makes. */
  readonly state: string
  readonly list: string
}

/** `rest`: what is done after the last step, in the same round trip; it can use the script's payloads. */
export async function perform(
  context: PerformContext,
  program: Program,
  rest?: (script: Script) => string,
): Promise<{ performed: Performed; records: Records }> {
  const { connection, root, state, list } = context
  const script = makeScript()
  const chain = (steps: readonly Step[], from: number) =>
    steps.map((step, index) => `{ at=${from + index}; ${print(script, step)}; }`).join(' &&\n') || ':'
  const { prepare, change, undo, after } = program
  const prepared = chain(prepare, 0)
  const extra = rest ? ` &&\n${rest(script)}` : ''
  const text = [
    call('below', root),
    `state=${quote(state)} list=${quote(list)} moved=no spoilt=no at=-1`,
    `if { ${prepared}${extra}; }; then`,
    `if { ${chain(change, prepare.length)}; }; then say done; ${after.map((step) => `${print(script, step)}; `).join('')}`,
    `else say broke "$at" "$moved"; { ${chain(undo, prepare.length + change.length)}; } && say undone; fi`,
    'else say broke "$at" "$moved"; say undone; fi',
  ].join('\n')
  const records = await connection.request(text, { payloads: script.payloads, timeoutMs: 120_000 })
  return { performed: judge(records, [...prepare, ...change]), records }
}

function judge(records: Records, steps: readonly Step[]): Performed {
  if (records.some(([word]) => word === 'done')) return { kind: 'done' }
  const broke = records.findIndex(([word]) => word === 'broke')
  const [, at, moved] = records[broke] ?? []
  const about = steps[Number(at)]?.about
  const where = about === undefined ? {} : { about }
  const isUndone = records.some(([word]) => word === 'undone')
  if (moved === 'yes' && isUndone) return { kind: 'moved', ...where }
  const detail = explainFailure(records.slice(0, Math.max(0, broke)))
  return isUndone
    ? { kind: 'failed', ...where, detail }
    : { kind: 'failed', ...where, detail, trouble: explainFailure(records.slice(broke + 1)) }
}

function print(script: Script, step: Step): string {
  switch (step.do) {
    case 'announce':
      return call('announce', formatAnnounced(step.kind, step.paths))
    case 'make-folder':
      return call('make_folder', step.path, step.mode.toString(8))
    case 'write':
      return call('stage', step.to, script.payload(step.bytes), step.sha256)
    case 'copy':
      return call('bring', ...at(step.from), step.to, step.sha256)
    case 'link':
      return call('link', step.to, step.target)
    case 'dress':
      return call('dress', step.path, ...dress(step.dress), ...like(step.like))
    case 'fit': {
      const places = [...at(placeOf(step.certificate)), ...at(placeOf(step.privateKey))]
      return call('fit', ...places, step.certificatePath, script.secret(step.passphrase))
    }
    case 'open':
      return call('open_generation', step.generation)
    case 'expect':
      return call('expect', ...at(step.place), formatState(step.state))
    case 'keep':
      return call('bring', ...at(step.place), step.to, step.sha256)
    case 'journal':
      return call('write_journal', step.generation, step.text)
    case 'switch':
      return call('switch', step.into.folder, step.into.holder ?? '-', ...step.staged)
    case 'remove':
      return call('take_away', ...at(step.place))
    case 'sync':
      return call('settle', step.folder.folder, step.folder.holder ?? '-')
    case 'arrived':
      return call('arrived', ...at(step.place), formatState(step.state))
    case 'commit':
      return call('commit', step.generation)
    case 'return':
      return call(
        'give_back',
        ...at(step.place),
        formatState(step.before),
        formatState(step.after),
        step.kept,
        step.staged,
        ...ownership(step.before),
      )
    case 'forget':
      return call('forget', step.path)
    case 'forget-empty':
      return call('forget_empty', step.path)
  }
}

function at({ folder, holder, name }: Place): [string, string | number, string] {
  return [folder, holder ?? '-', name]
}

function placeOf(from: Readable): Place {
  return from.at === 'place' ? from.place : { folder: dirname(from.path), name: basename(from.path) }
}

function dress({ mode, owner, group, modified }: Dress): string[] {
  return [mode.toString(8), owner ?? '', group ?? '', modified ?? '']
}

function like(place: Place | undefined): (string | number)[] {
  return place ? [`${place.folder}/${place.name}`, place.holder ?? '-'] : ['', '-']
}

function ownership(before: Before): string[] {
  if (before.kind !== 'file') return ['', '', '', '']
  return [before.mode.toString(8), String(before.uid), String(before.gid), before.modified]
}
