export { createRecordReader, type RecordReaderOptions } from './record-reader.ts'
export { createRecordWriter } from './record-writer.ts'
