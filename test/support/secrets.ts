import { createSecretStore } from '../../src/cli/secrets.ts'
import type { SecretStore } from '../../src/model/secret.ts'

/** The command line's own store, without any password of ansible-vault. */
export function makeSecrets(): SecretStore {
  return createSecretStore({ vaultPasswordFile: [], askVaultPass: false })
}
