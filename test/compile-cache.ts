import { join } from 'node:path'

/**
 * Where Node.js keeps what it has compiled of the project's modules, types stripped: importing this module sets it for every
 * process that is started from now on. Tests start hundreds, and most of what a short one does is to load modules.
 */
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, '..', '.kops', 'cache', 'node')
