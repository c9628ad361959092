export { decodeCursor, encodeCursor } from '../../../shared/lists/cursor.ts'
