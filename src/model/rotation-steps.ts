import type { Rotation, RotationPhase } from './difference.ts'

const stepsByMethod = {
  bridge: ['prepare', 'sign', 'distrust', 'finish'],
  bundle: ['prepare', 'trust', 'sign', 'distrust', 'finish'],
} as const satisfies Record<Rotation['method'], readonly RotationPhase[]>

/** All phases of one way, from the first to the last. A turn takes the place of the preparation. */
export function stepsOf({ method, phase }: Pick<Rotation, 'method' | 'phase'>): readonly RotationPhase[] {
  const steps = stepsByMethod[method]
  return phase === 'turn' ? ['turn', ...steps.slice(1)] : steps
}
