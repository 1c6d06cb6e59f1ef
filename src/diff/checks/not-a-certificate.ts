import type { Check } from '../comparison.ts'
import { sourceOf } from '../comparison.ts'

/** The file can be read and holds no X.509 certificate. */
export const checkNotACertificate: Check = ({ pair, certificate, certificatePath }) =>
  certificate.kind === 'not-a-certificate'
    ? {
        code: 'not-a-certificate',
        message: `${certificatePath}: ${certificate.detail}`,
        source: sourceOf(pair, 'certificate'),
      }
    : undefined
