export { createGroupAdmin, type GroupAdminOptions } from './group-admin.ts'
