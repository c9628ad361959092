import fp from 'fastify-plugin'
import { createCatalogFolder } from '#shared/catalog/load-catalog.ts'
import type { CatalogPorts } from './domain/catalog/apply.ts'

declare module 'fastify' {
  interface FastifyInstance {
    installedCatalogs: CatalogPorts['installed']
  }
}

export interface CatalogsPluginOptions {
  /** The directory of installed catalogs. */
  folder: string
}

export const catalogsPlugin = fp<CatalogsPluginOptions>(
  async (app, { folder }) => {
    app.decorate('installedCatalogs', createCatalogFolder(folder))
  },
  { name: 'catalogs' }
)
