export { type AlertBook, type AlertBookOptions, createAlertBook } from './alert-book.ts'
