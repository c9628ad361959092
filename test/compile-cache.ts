import { join } from 'node:path'

/**
 * The compile cache for the project's modules, with types stripped: importing this module enables it for every process
 * started afterwards. Tests start hundreds of processes, and a short one spends most of its time loading modules.
 */
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, '..', '.kops', 'cache', 'node')
