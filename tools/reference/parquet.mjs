// Small Parquet files by writers other than DuckDB, and what they hold.
//
//     node tools/reference/parquet.mjs MODULES tests/Analyzer.Core.Tests/Reference/parquet
//
// MODULES is where npm installed the writers; README.md says how.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';

const [modules, out] = [resolve(process.argv[2]), process.argv[3]];
const require = createRequire(join(modules, 'package.json'));
const version = name => JSON.parse(readFileSync(join(modules, 'node_modules', name, 'package.json'), 'utf8')).version;
const arrow = require('apache-arrow');
const rust = require('parquet-wasm');
const parquetjs = require('@dsnp/parquetjs');
const hyparquet = await import(pathToFileURL(join(modules, 'node_modules/hyparquet-writer/src/index.js')));
const writers = {
  rust: `arrow-rs, by parquet-wasm ${version('parquet-wasm')} from apache-arrow ${version('apache-arrow')}`,
  hyparquet: `hyparquet-writer ${version('hyparquet-writer')}`,
  parquetjs: `@dsnp/parquetjs ${version('@dsnp/parquetjs')}`,
};

const ROWS = 7;
const range = n => Array.from({ length: n }, (_, i) => i);
const rows = of => range(ROWS).map(of);
const kinds = {
  Float: { arrow: new arrow.Float32(), parquet: { type: 'FLOAT' }, of: i => Math.fround(i / 3 - 1) },
  UInt8: { arrow: new arrow.Uint8(), parquet: { type: 'INT32', converted_type: 'UINT_8' }, of: i => i * 41 % 256 },
  Int64: { arrow: new arrow.Int64(), parquet: { type: 'INT64' }, of: i => i * 1000000007 - 5 },
  Double: { arrow: new arrow.Float64(), parquet: { type: 'DOUBLE' }, of: i => Math.PI * (i - 8) },
};

// What a cell holds: numbers in lists of these lengths, all different.
function cell(type, shape, row) {
  const size = shape.reduce((a, b) => a * b, 1);
  const build = (axis, from) => axis === shape.length
    ? kinds[type].of(from)
    : range(shape[axis]).map(i => build(axis + 1, from + i * shape.slice(axis + 1).reduce((a, b) => a * b, 1)));
  return build(0, row * size);
}

const column = (name, type, shape, change = {}) => ({ name, type, shape, cells: rows(r => r in change ? change[r] : cell(type, shape, r)), change });
const lists = [
  column('floats', 'Float', [3], { 2: null }), column('bytes', 'UInt8', [4]),
  column('ints', 'Int64', [2], { 4: [1, null] }), column('doubles', 'Double', [2]),
];
const nested = [column('image', 'UInt8', [2, 3, 2], { 1: null, 3: [[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 10]]], 4: cell('UInt8', [2, 2, 2], 4), 6: [[[1, 2], [3, 4], null], [[7, 8], [9, 10], [11, 12]]] })];
const planes = [column('plane', 'Float', [3, 2])];
const labels = { name: 'label', cells: [2, 0, 1, 1, 0, null, 2] };
const words = { name: 'label', cells: ['cat', 'dog', 'cat', 'ant', 'dog', 'ant', 'cat'] };

const files = [];
mkdirSync(out, { recursive: true });
function keep(file, writer, variant, bytes, expected) {
  writeFileSync(join(out, file), bytes);
  files.push({ file, writer: writers[writer], variant, sha256: createHash('sha256').update(bytes).digest('hex'), ...expected });
}

// What a reader must find; faults are the analyzer's words.
function expected(columns, label, faults = {}) {
  const missing = range(ROWS).filter(r => label.cells[r] === null && !(r in faults)).map(r => [r, 'it has no label']);
  const unreadable = [...Object.entries(faults).map(([r, why]) => [Number(r), why]), ...missing].sort((a, b) => a[0] - b[0]);
  const bad = new Set(unreadable.map(u => u[0]));
  const sound = range(ROWS).filter(r => !bad.has(r));
  const classes = typeof label.cells[0] === 'string' ? [...new Set(label.cells)].sort() : null;
  return {
    inputs: columns.map(c => ({ name: c.name, type: c.type, shape: c.shape, values: sound.map(r => c.cells[r]).flat(Infinity) })),
    labels: sound.map(r => classes ? classes.indexOf(label.cells[r]) : label.cells[r]), classes, unreadable,
  };
}
const listFaults = { 2: 'the column `floats` holds NULL', 4: 'the column `ints` holds NULL' };
const nestedFaults = {
  1: 'the column `image` holds NULL', 3: 'the column `image` is ragged: its lists differ in length',
  4: 'the column `image` has the shape [2,2,2] where the first row has [2,3,2]', 6: 'the column `image` holds NULL',
};
const table = columns => ({ inputs: [{ name: null, type: 'Double', shape: [columns.length], values: range(ROWS).flatMap(r => columns.map(c => Number(c.cells[r]))) }], unreadable: [] });

// ---- arrow-rs

const big = v => Array.isArray(v) ? v.map(big) : typeof v === 'number' ? BigInt(v) : v;
const List = (inner, Kind = arrow.List) => new Kind(new arrow.Field('item', inner, true));
const Fixed = (inner, n) => new arrow.FixedSizeList(n, new arrow.Field('item', inner, true));
const listType = (c, wrap) => c.shape.reduceRight((inner, n) => wrap(inner, n), kinds[c.type].arrow);
const listed = (columns, label, wrap) => new arrow.Table({
  ...Object.fromEntries(columns.map(c => [c.name, arrow.vectorFromArray(c.type === 'Int64' ? big(c.cells) : c.cells, listType(c, wrap))])),
  label: arrow.vectorFromArray(label.cells, typeof label.cells[0] === 'string' ? new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8()) : new arrow.Int32()),
});
function byRust(data, codec, page, set = p => p) {
  const properties = new rust.WriterPropertiesBuilder().setCompression(rust.Compression[codec]).setWriterVersion(rust.WriterVersion[page]).setMaxRowGroupSize(3);
  return rust.writeParquet(rust.Table.fromIPCStream(arrow.tableToIPC(data, 'stream')), set(properties).build());
}

for (const [codec, page] of [['UNCOMPRESSED', 'V1'], ['SNAPPY', 'V2'], ['GZIP', 'V1'], ['ZSTD', 'V2'], ['LZ4_RAW', 'V1'], ['BROTLI', 'V2']])
  keep(`rust-lists-${codec.toLowerCase()}.parquet`, 'rust', `lists, ${codec}, data page ${page}, row groups of 3, dictionaries`, byRust(listed(lists, labels, i => List(i)), codec, page), expected(lists, labels, listFaults));
keep('rust-lists-lz4.parquet', 'rust', 'lists, LZ4 in Hadoop frames', byRust(listed(lists, labels, i => List(i)), 'LZ4', 'V1'), { refused: 'LZ4' });
keep('rust-lists-plain.parquet', 'rust', 'lists without dictionaries, in one row group', byRust(listed(lists, labels, i => List(i)), 'SNAPPY', 'V1', p => p.setDictionaryEnabled(false).setMaxRowGroupSize(100)), expected(lists, labels, listFaults));
keep('rust-large-lists.parquet', 'rust', 'large lists, words as a dictionary', byRust(listed(lists, words, i => List(i, arrow.LargeList)), 'ZSTD', 'V1'), expected(lists, words, listFaults));
keep('rust-fixed-lists.parquet', 'rust', 'fixed-size lists', byRust(listed(lists, labels, Fixed), 'SNAPPY', 'V1'), expected(lists, labels, listFaults));
keep('rust-nested.parquet', 'rust', 'lists of lists of lists', byRust(listed(nested, words, i => List(i)), 'ZSTD', 'V2'), expected(nested, words, nestedFaults));
keep('rust-fixed-nested.parquet', 'rust', 'fixed-size lists of fixed-size lists', byRust(listed(planes, words, Fixed), 'SNAPPY', 'V1'), expected(planes, words));

const features = [{ name: 'a', cells: rows(r => Math.fround(r / 7)) }, { name: 'b', cells: rows(r => r * r - 9) }, { name: 'c', cells: rows(r => r % 2 === 0) }, { name: 'd', cells: rows(r => Math.E * r) }];
const numbers = { ...expected([], words), ...table(features) };
const columnar = new arrow.Table({
  a: arrow.vectorFromArray(features[0].cells, new arrow.Float32()), b: arrow.vectorFromArray(features[1].cells, new arrow.Int16()),
  c: arrow.vectorFromArray(features[2].cells, new arrow.Bool()), d: arrow.vectorFromArray(features[3].cells, new arrow.Float64()),
  label: arrow.vectorFromArray(words.cells, new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8())),
});
keep('rust-columns.parquet', 'rust', 'columns float32, int16, bool, float64, words as a dictionary', byRust(columnar, 'ZSTD', 'V2'), numbers);
keep('rust-columns-delta.parquet', 'rust', 'columns in delta encodings', byRust(columnar, 'SNAPPY', 'V2', p => p.setDictionaryEnabled(false).setColumnEncoding('b', rust.Encoding.DELTA_BINARY_PACKED).setColumnEncoding('label', rust.Encoding.DELTA_BYTE_ARRAY)), numbers);

// ---- hyparquet-writer

const element = (name, more) => ({ name, repetition_type: 'OPTIONAL', ...more });
const listSchema = (name, depth, leaf) => depth === 0
  ? [element(name, leaf)]
  : [element(name, { converted_type: 'LIST', num_children: 1 }), { name: 'list', repetition_type: 'REPEATED', num_children: 1 }, ...listSchema('element', depth - 1, leaf)];
function byHyparquet(columns, options = {}) {
  const schema = [{ name: 'root', num_children: columns.length }, ...columns.flatMap(c => listSchema(c.name, c.shape?.length ?? 0, c.leaf ?? kinds[c.type].parquet))];
  const columnData = columns.map(c => ({ name: c.name, data: c.type === 'Int64' ? big(c.cells) : c.cells, encoding: c.encoding }));
  return new Uint8Array(hyparquet.parquetWriteBuffer({ columnData, schema, rowGroupSize: 4, compressors: { GZIP: b => gzipSync(b), LZO: b => b }, ...options }));
}
const label32 = { ...labels, leaf: { type: 'INT32' } };
const labelText = { ...words, leaf: { type: 'BYTE_ARRAY', converted_type: 'UTF8' } };
const labelBytes = { ...words, cells: words.cells.map(w => w === 'ant' ? 'fourmi é' : w), leaf: { type: 'BYTE_ARRAY' } };
keep('hyparquet-lists.parquet', 'hyparquet', 'lists, SNAPPY, row groups of 4', byHyparquet([...lists, label32]), expected(lists, labels, listFaults));
keep('hyparquet-lists-gzip.parquet', 'hyparquet', 'lists, GZIP', byHyparquet([...lists, label32], { codec: 'GZIP' }), expected(lists, labels, listFaults));
keep('hyparquet-lists-lzo.parquet', 'hyparquet', 'lists, said to be LZO', byHyparquet([...lists, label32], { codec: 'LZO' }), { refused: 'LZO' });
keep('hyparquet-nested.parquet', 'hyparquet', 'lists of lists of lists', byHyparquet([...nested, labelText]), expected(nested, words, nestedFaults));
const split = [{ ...features[0], leaf: { type: 'FLOAT' }, encoding: 'BYTE_STREAM_SPLIT' }, { ...features[1], leaf: { type: 'INT32' }, encoding: 'DELTA_BINARY_PACKED' }, { ...features[2], leaf: { type: 'BOOLEAN' }, encoding: 'RLE' }, { ...features[3], leaf: { type: 'DOUBLE' }, encoding: 'PLAIN' }];
keep('hyparquet-columns.parquet', 'hyparquet', 'columns in four encodings', byHyparquet([...split, labelText], { codec: 'UNCOMPRESSED' }), numbers);
keep('hyparquet-binary-labels.parquet', 'hyparquet', 'words without a declaration that they are text', byHyparquet([...split, labelBytes]), { ...numbers, labels: [0, 1, 0, 2, 1, 2, 0], classes: ['cat', 'dog', 'fourmi é'] });
const halves = [{ name: 'half', type: 'Float', shape: [2], cells: rows(r => [r / 4, -r]), leaf: { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 2, logical_type: { type: 'FLOAT16' } } }];
keep('hyparquet-float16.parquet', 'hyparquet', 'lists of float16', byHyparquet([...halves, label32]), expected(halves, labels));

// ---- parquetjs: lists as repeated fields, without the groups that others put around them

for (const [codec, v2] of [['UNCOMPRESSED', false], ['SNAPPY', true], ['GZIP', false], ['BROTLI', true]]) {
  const repeated = [column('floats', 'Float', [3]), column('bytes', 'UInt8', [4]), column('ints', 'Int64', [2]), column('doubles', 'Double', [2])];
  const kind = { Float: 'FLOAT', UInt8: 'UINT_8', Int64: 'INT64', Double: 'DOUBLE' };
  const schema = new parquetjs.ParquetSchema({
    ...Object.fromEntries(repeated.map(c => [c.name, { type: kind[c.type], repeated: true, compression: codec }])), label: { type: 'UTF8', compression: codec },
  });
  const pieces = [];
  const stream = { write: (b, done) => (pieces.push(Buffer.from(b)), done()), end: done => done(), close: done => done() };
  const writer = await parquetjs.ParquetWriter.openStream(schema, stream, { useDataPageV2: v2, rowGroupSize: 3 });
  for (let r = 0; r < ROWS; r++) await writer.appendRow({ ...Object.fromEntries(repeated.map(c => [c.name, c.cells[r]])), label: words.cells[r] });
  await writer.close();
  keep(`parquetjs-repeated-${codec.toLowerCase()}.parquet`, 'parquetjs', `repeated fields, ${codec}, data page V${v2 ? 2 : 1}, row groups of 3`, Buffer.concat(pieces), expected(repeated, words));
}

// ---- images as Hugging Face's datasets stores them

const pictures = join(out, '..', 'images');
const picture = name => new Uint8Array(readFileSync(join(pictures, name)));
const images = [
  { bytes: picture('rgb.png'), path: 'a.png' }, null, { bytes: picture('progressive.jpg'), path: null }, { bytes: null, path: 'there.png' },
  { bytes: picture('text.png'), path: 'b.png' }, { bytes: new Uint8Array(0), path: 'c.png' }, { bytes: picture('baseline.jpg'), path: 'd.jpg' },
];
const imageLabels = [1, 0, 0, 1, 1, 0, 1];
const described = JSON.stringify({ info: { features: { image: { _type: 'Image' }, label: { names: ['cat', 'dog'], _type: 'ClassLabel' } } } });
const imagesFound = {
  images: ['rgb.png', 'progressive.jpg', 'baseline.jpg'], labels: [1, 0, 1], classes: ['cat', 'dog'],
  unreadable: [[1, 0, 'the column `image` holds NULL'], [3, 1, 'the column `image` names the file `there.png` and does not hold its bytes'], [4, 1, 'no JPEG or PNG image'], [5, 0, 'the column `image` holds no bytes']],
};
const struct = new arrow.Struct([new arrow.Field('bytes', new arrow.Binary(), true), new arrow.Field('path', new arrow.Utf8(), true)]);
const imageTable = new arrow.Table({ image: arrow.vectorFromArray(images, struct), label: arrow.vectorFromArray(imageLabels.map(BigInt), new arrow.Int64()) });
keep('rust-images.parquet', 'rust', 'a struct of bytes and path, names of classes as metadata', byRust(imageTable, 'SNAPPY', 'V1', p => p.setKeyValueMetadata(new Map([['huggingface', described]]))), imagesFound);
const imageSchema = [{ name: 'root', num_children: 2 }, element('image', { num_children: 2 }), element('bytes', { type: 'BYTE_ARRAY' }), element('path', { type: 'BYTE_ARRAY', converted_type: 'UTF8' }), element('label', { type: 'INT64' })];
keep('hyparquet-images.parquet', 'hyparquet', 'a struct of bytes and path, names of classes as metadata', new Uint8Array(hyparquet.parquetWriteBuffer({
  columnData: [{ name: 'image', data: images }, { name: 'label', data: imageLabels.map(BigInt) }], schema: imageSchema, rowGroupSize: 4, kvMetadata: [{ key: 'huggingface', value: described }],
})), imagesFound);

// A line a file, so that changes show.
const maker = `tools/reference/parquet.mjs with Node.js ${process.version}`;
writeFileSync(join(out, 'parquet.json'), `{"maker":${JSON.stringify(maker)},"files":[\n${files.map(f => JSON.stringify(f)).join(',\n')}\n]}\n`);
