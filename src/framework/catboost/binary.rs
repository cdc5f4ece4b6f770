//! The binary form, `.cbm`: four letters, a length, a FlatBuffer with features and trees, then the parts that the buffer
//! names; of these the statistics of categories are read.

use std::collections::HashMap;

use super::info::{Info, parsed};
use super::parts::{Combination, Copied, Counts, Ctr, CtrKind, FloatFeature, OneHot, Parts, Place, StoredTree, Table};
use super::trees::{self, Steps};
use crate::encoding::flatbuffers::{self, FlatBuffer};
use crate::error::{Error, Result};
use crate::limits;

/// The first bytes of a file.
pub(super) const MAGIC: &[u8] = b"CBM1";
/// What a model calls its format.
const FORMAT: &str = "FlabuffersModel_v1";
/// The part that holds the statistics of categories.
const STATISTICS: &str = "static_provider_v1";
/// Bytes of an entry of a hash table: the hash, then its position among the statistics.
const BUCKET_BYTES: usize = 12;
/// The hash of an entry that is empty.
const EMPTY: u64 = u64::MAX;

fn malformed(message: impl Into<String>) -> Error {
    Error::malformed("catboost-model", message)
}

/// The bytes of a file, read from the front.
struct Stream<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Stream<'a> {
    fn take(&mut self, count: u64, what: &str) -> Result<&'a [u8]> {
        let end = usize::try_from(count).ok().and_then(|count| self.at.checked_add(count));
        let taken = end.and_then(|end| self.bytes.get(self.at..end)).ok_or_else(|| {
            let rest = self.bytes.len() - self.at;
            malformed(format!("expected {what} of {count} bytes, found {rest}")).at(format!("byte {}", self.at))
        })?;
        self.at += taken.len();
        Ok(taken)
    }

    /// A length: 32 bits, or 64 behind 32 that are all set.
    fn length(&mut self, what: &str) -> Result<u64> {
        let short = self.take(4, what)?.iter().rev().fold(0, |length, byte| length << 8 | u64::from(*byte));
        if short < u64::from(u32::MAX) {
            return Ok(short);
        }
        Ok(self.take(8, what)?.iter().rev().fold(0, |length, byte| length << 8 | u64::from(*byte)))
    }

    fn sized(&mut self, what: &str) -> Result<&'a [u8]> {
        let length = self.length(what)?;
        self.take(length, what)
    }
}

/// Reads a file.
pub(super) fn read(bytes: &[u8]) -> Result<Parts> {
    let mut stream = Stream { bytes, at: 0 };
    if stream.take(4, "`CBM1`")? != MAGIC {
        return Err(malformed("expected `CBM1`, found other bytes"));
    }
    let core = FlatBuffer::new(stream.sized("a model")?);
    let core = core.root()?;
    match core.text(0)? {
        Some(FORMAT) => {}
        found => {
            let message = format!("the format `{}` is not known", found.unwrap_or_default());
            return Err(Error::unsupported("unsupported-catboost", message));
        }
    }
    let mut info = Info::default();
    for entry in core.tables(2)? {
        let key = entry.text(0)?.unwrap_or_default();
        info.take(key, &parsed(key, entry.text(1)?.unwrap_or_default())?)?;
    }
    let mut tables = Vec::new();
    let parts = core.texts(3)?;
    if parts.first() == Some(&STATISTICS) {
        tables = statistics(&mut stream)?;
    }
    // Other parts hold what is computed of texts and vectors: refused where splits test it.
    let rest = bytes.len() - stream.at;
    if rest > 0 && parts.iter().all(|part| *part == STATISTICS) {
        return Err(malformed(format!("expected the end of the file, found {rest} more bytes")));
    }
    let model = core.table(1)?.ok_or_else(|| malformed("expected trees, found none"))?;
    read_model(model, info, tables)
}

fn read_model(model: flatbuffers::Table<'_, '_>, info: Info, tables: Vec<Table>) -> Result<Parts> {
    let mut copied = Copied::default();
    let dimension = usize::try_from(model.i32(0, 0)?).unwrap_or(0);
    let places = |field: usize, used_field: usize| -> Result<Vec<Place>> {
        let features = model.tables(field)?;
        limits::FEATURES.check_len(features.len())?;
        features.into_iter().map(|feature| place(feature, 0, 2, Some(used_field))).collect()
    };
    let mut floats = Vec::new();
    for feature in model.tables(5)? {
        limits::FEATURES.check_len(floats.len() + 1)?;
        let place = place(feature, 1, 4, None)?;
        let missing_passes = feature.bool(0, false)? && feature.i8(5, 0)? == 2;
        floats.push(FloatFeature { borders: f32s(feature, 3, &mut copied)?, missing_passes, place });
    }
    let one_hot = |feature: flatbuffers::Table<'_, '_>| {
        Ok(OneHot { category: feature.i32(0, -1)?.into(), values: i32s(feature, 1)? })
    };
    let one_hots = model.tables(6)?.into_iter().map(one_hot).collect::<Result<_>>()?;
    let ctrs = read_ctrs(model, &tables, &mut copied)?;
    let bias = f64s(model, 16)?;
    Ok(Parts {
        encoding: "CBM",
        floats,
        categories: places(4, 3)?,
        texts: places(12, 3)?,
        embeddings: places(18, 4)?,
        is_estimated: !model.tables(13)?.is_empty(),
        one_hots,
        ctrs,
        tables,
        dimension,
        trees: read_trees(model, dimension)?,
        leaf_values: f64s(model, 8)?,
        scale: model.f64(14, 1.0)?,
        bias: if bias.is_empty() { vec![model.f64(15, 0.0)?] } else { bias },
        info,
    })
}

fn place(feature: flatbuffers::Table<'_, '_>, index: usize, name: usize, used: Option<usize>) -> Result<Place> {
    Ok(Place {
        index: feature.i32(index, -1)?.into(),
        flat: feature.i32(index + 1, -1)?.into(),
        name: feature.text(name)?.unwrap_or_default().to_owned(),
        is_used: used.map_or(Ok(true), |used| feature.bool(used, true))?,
    })
}

fn i32s(table: flatbuffers::Table<'_, '_>, field: usize) -> Result<Vec<i32>> {
    Ok(table.vector::<4>(field)?.iter().map(|bytes| i32::from_le_bytes(*bytes)).collect())
}

fn f64s(table: flatbuffers::Table<'_, '_>, field: usize) -> Result<Vec<f64>> {
    Ok(table.vector::<8>(field)?.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect())
}

fn f32s(table: flatbuffers::Table<'_, '_>, field: usize, copied: &mut Copied) -> Result<Vec<f32>> {
    let numbers = table.vector::<4>(field)?;
    copied.count(numbers.len())?;
    Ok(numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

fn read_trees(model: flatbuffers::Table<'_, '_>, dimension: usize) -> Result<Vec<StoredTree>> {
    let (splits, sizes) = (i32s(model, 1)?, i32s(model, 2)?);
    limits::TREES.check_len(sizes.len())?;
    let steps = model.vector::<4>(10)?;
    if steps.is_empty() {
        return trees::oblivious(&splits, &sizes);
    }
    let step = |[a, b, c, d]: &[u8; 4]| (u16::from_le_bytes([*a, *b]), u16::from_le_bytes([*c, *d]));
    let steps = Steps {
        splits,
        sizes,
        starts: i32s(model, 3)?,
        steps: steps.iter().map(step).collect(),
        leaves: model.vector::<4>(11)?.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect(),
        dimension,
    };
    steps.trees()
}

/// What a table of statistics is found by: combination, kind, and the borders of the target.
type Key = (Combination, CtrKind, i32);

fn read_key(base: flatbuffers::Table<'_, '_>) -> Result<Key> {
    let kind = base.i8(1, 0)?;
    let known = usize::try_from(kind).ok().and_then(|kind| CtrKind::ALL.get(kind));
    let (_, kind) = known.ok_or_else(|| {
        Error::unsupported("unsupported-catboost", format!("the kind {kind} of target statistics is not known"))
    })?;
    let combination = match base.table(0)? {
        None => Combination::default(),
        Some(table) => {
            let pair = |bytes: &[u8; 8]| {
                let [a, b, c, d, e, f, g, h] = *bytes;
                (i32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]))
            };
            Combination {
                categories: i32s(table, 0)?,
                borders: table.vector::<8>(1)?.iter().map(pair).collect(),
                one_hots: table.vector::<8>(2)?.iter().map(pair).map(|(i, value)| (i, value.cast_signed())).collect(),
            }
        }
    };
    Ok((combination, *kind, base.i32(2, 0)?))
}

fn base(table: flatbuffers::Table<'_, '_>) -> Result<Key> {
    read_key(table.table(0)?.ok_or_else(|| malformed("expected what target statistics are of, found none"))?)
}

fn read_ctrs(model: flatbuffers::Table<'_, '_>, tables: &[Table], copied: &mut Copied) -> Result<Vec<Ctr>> {
    let mut known: HashMap<(&Combination, CtrKind, i32), usize> = HashMap::new();
    for (i, table) in tables.iter().enumerate() {
        known.entry((&table.combination, table.kind, table.target)).or_insert(i);
    }
    let mut ctrs = Vec::new();
    for feature in model.tables(7)? {
        limits::FEATURES.check_len(ctrs.len() + 1)?;
        let ctr = feature.table(0)?.ok_or_else(|| malformed("expected target statistics, found none"))?;
        let (combination, kind, target) = base(ctr)?;
        let table = known.get(&(&combination, kind, target)).copied();
        ctrs.push(Ctr {
            table: table.ok_or_else(|| malformed(format!("no table holds the target statistics {}", ctrs.len())))?,
            target_border: ctr.i32(1, 0)?.into(),
            prior_numerator: ctr.f32(2, 0.0)?,
            prior_denominator: ctr.f32(3, 1.0)?,
            shift: ctr.f32(4, 0.0)?,
            scale: ctr.f32(5, 1.0)?,
            borders: f32s(feature, 1, copied)?,
        });
    }
    Ok(ctrs)
}

fn statistics(stream: &mut Stream<'_>) -> Result<Vec<Table>> {
    let count = stream.length("a number of tables")?;
    let mut tables = Vec::new();
    for i in 0..count {
        let bytes = stream.sized("a table of target statistics")?;
        tables.push(read_table(bytes).map_err(|error| error.at(format!("target statistics {i}")))?);
    }
    Ok(tables)
}

fn read_table(bytes: &[u8]) -> Result<Table> {
    let buffer = FlatBuffer::new(bytes);
    let root = buffer.root()?;
    let (combination, kind, target) = base(root)?;
    let (keys, positions) = read_buckets(root.vector::<1>(1)?.as_flattened());
    let blob = root.vector::<1>(2)?.as_flattened();
    let n_classes = usize::try_from(root.i32(4, 0)?).unwrap_or(0);
    let counts = match kind {
        CtrKind::BinarizedTargetMeanValue | CtrKind::FloatTargetMeanValue => {
            Counts::Means(picked(blob.as_chunks::<8>().0, 1, &positions, |[a, b, c, d, e, f, g, h]| {
                (f32::from_le_bytes([*a, *b, *c, *d]), i32::from_le_bytes([*e, *f, *g, *h]))
            })?)
        }
        _ => {
            // Two classes are stored as two counts, whatever number of classes stands there.
            let stride = match kind {
                CtrKind::Counter | CtrKind::FeatureFreq => 1,
                CtrKind::Borders => n_classes.max(2),
                _ => n_classes,
            };
            let integer = |bytes: &[u8; 4]| i32::from_le_bytes(*bytes);
            Counts::Integers(stride, picked(blob.as_chunks::<4>().0, stride, &positions, integer)?)
        }
    };
    Ok(Table { combination, kind, target, keys, counts, denominator: root.i32(3, 0)? })
}

/// The hashes of a table and their positions among the statistics.
fn read_buckets(bytes: &[u8]) -> (Vec<i64>, Vec<u32>) {
    let bucket = |[a, b, c, d, e, f, g, h, i, j, k, l]: &[u8; BUCKET_BYTES]| {
        let hash = u64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]);
        (hash != EMPTY).then(|| (hash.cast_signed(), u32::from_le_bytes([*i, *j, *k, *l])))
    };
    bytes.as_chunks::<BUCKET_BYTES>().0.iter().filter_map(bucket).unzip()
}

/// The `stride` statistics at each position.
fn picked<const N: usize, T>(
    all: &[[u8; N]],
    stride: usize,
    positions: &[u32],
    read: impl Fn(&[u8; N]) -> T,
) -> Result<Vec<T>> {
    let mut found = Vec::new();
    for position in positions {
        let first = usize::try_from(*position).unwrap_or(usize::MAX).saturating_mul(stride);
        let own = first.checked_add(stride).and_then(|end| all.get(first..end)).ok_or_else(|| {
            malformed(format!("expected statistics below {}, found position {position}", all.len() / stride.max(1)))
        })?;
        limits::CATEGORY_CODES.check_len(found.len() + own.len())?;
        found.extend(own.iter().map(&read));
    }
    Ok(found)
}
