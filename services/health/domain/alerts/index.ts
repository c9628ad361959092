export { type AlertBook, type AlertBookOptions, createAlertBook } from './alert-book.ts'
export { type AlertWatch, createAlertWatch } from './alert-watch.ts'
