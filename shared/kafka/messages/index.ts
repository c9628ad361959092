export { createRecordReader, type RecordReaderOptions } from './record-reader.ts'
