//! Opens an artifact's zip file: every record is checked before any content is read.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::member::{Member, Section};
use super::record::{CENTRAL_BYTES, END_BYTES, END64_BYTES, End, Fields, LOCAL_BYTES, Record, not_in_profile};
use crate::encoding::member_name::{check_name, check_names};
use crate::error::{Error, Result};
use crate::limits;

/// Bytes that a member may unfold to before its ratio counts.
const RATIO_FREE_BYTES: u64 = 1 << 20;
/// Bytes that all members may unfold to before their common ratio counts.
const TOTAL_RATIO_FREE_BYTES: u64 = 64 << 20;
/// Most bytes of a central header: name and zip64 fields included.
const MOST_CENTRAL_BYTES: u64 = CENTRAL_BYTES as u64 + 512 + 28;

/// Bytes read at once where local headers are compared: of small members many stand in one stretch.
const WINDOW_BYTES: u64 = 64 << 10;
/// Behind a header whose data are longer, nothing is read with it: copying that many bytes takes longer than another read.
const SMALL_MEMBER_BYTES: u64 = 16 << 10;

/// A stretch of the file.
#[derive(Default)]
struct Window {
    start: u64,
    bytes: Vec<u8>,
}

impl Window {
    /// The bytes at a position of the file, if they were read.
    fn at(&self, position: u64, length: usize) -> Option<&[u8]> {
        let start = usize::try_from(position.checked_sub(self.start)?).ok()?;
        self.bytes.get(start..start.checked_add(length)?)
    }

    fn holds(&self, expected: &[u8], position: u64) -> bool {
        self.at(position, expected.len()).is_some()
    }
}

/// An open zip file whose structure has been checked.
#[derive(Debug)]
pub struct ZipStore {
    path: PathBuf,
    file: Mutex<File>,
    records: Vec<Record>,
}

impl ZipStore {
    /// Opens `path` and checks all of its records.
    pub fn open(path: &Path) -> Result<ZipStore> {
        let file = File::open(path).map_err(|error| Error::io(path, &error))?;
        let mut store = ZipStore { path: path.to_owned(), file: Mutex::new(file), records: Vec::new() };
        store.records = store.read_records().map_err(|error| error.in_file(path.display().to_string()))?;
        Ok(store)
    }

    /// The members, sorted by name.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The content of a member as a stream; its end is an error when CRC or size are not as declared.
    pub fn open_member<'a>(&'a self, record: &'a Record) -> Member<'a> {
        let data = record.offset + record.local_bytes();
        Member::new(record, Section::new(&self.file, data, record.compressed))
    }

    /// The file itself as a stream.
    pub fn whole(&self) -> Result<Section<'_>> {
        Ok(Section::new(&self.file, 0, self.length()?))
    }

    fn read_records(&self) -> Result<Vec<Record>> {
        let length = self.length()?;
        limits::ARTIFACT_BYTES.check(length)?;
        let tail_bytes = length.min((END_BYTES + END64_BYTES) as u64);
        let end = End::parse(&self.bytes(length - tail_bytes, tail_bytes)?, length)?;
        limits::ARTIFACT_ENTRIES.check(end.entries)?;
        if end.size > end.entries.saturating_mul(MOST_CENTRAL_BYTES) {
            return Err(not_in_profile("the central directory is longer than its entries"));
        }
        let directory = self.bytes(end.offset, end.size)?;
        let mut fields = Fields(&directory);
        // No more than their headers fill.
        let (mut records, mut expected) = (Vec::with_capacity(directory.len() / CENTRAL_BYTES), Vec::new());
        for _ in 0..end.entries {
            let record = fields.central(&mut expected)?;
            check_name(&record.name)?;
            records.push(record);
        }
        if !fields.0.is_empty() {
            return Err(not_in_profile("the central directory is longer than its entries"));
        }
        check_names(records.iter().map(|record| record.name.as_str()))?;
        check_order(&records)?;
        check_sizes(&records)?;
        self.check_tiling(&records, end.offset)?;
        Ok(records)
    }

    /// Local headers and data follow each other without a gap up to the central directory.
    fn check_tiling(&self, records: &[Record], directory: u64) -> Result<()> {
        let mut position = 0u64;
        let mut window = Window::default();
        let mut expected = Vec::new();
        for record in records {
            expected.clear();
            record.push_local(&mut expected);
            let place = || format!("member `{}`", record.name);
            if record.offset != position {
                let message = format!("its local header stands at byte {}, expected {position}", record.offset);
                return Err(not_in_profile(message).at(place()));
            }
            if !window.holds(&expected, position) {
                let wanted = if record.compressed <= SMALL_MEMBER_BYTES { WINDOW_BYTES } else { 0 };
                let ahead = wanted.min(directory.saturating_sub(position)).max(expected.len() as u64);
                window.start = position;
                self.read_into(&mut window.bytes, position, ahead)?;
            }
            if window.at(position, expected.len()) != Some(&expected[..]) {
                return Err(not_in_profile("its local header differs from its central header").at(place()));
            }
            let end = position.checked_add(expected.len() as u64).and_then(|at| at.checked_add(record.compressed));
            position = end
                .filter(|end| *end <= directory)
                .ok_or_else(|| not_in_profile("its data reaches into the central directory").at(place()))?;
        }
        if position == directory {
            return Ok(());
        }
        Err(not_in_profile(format!(
            "{} bytes lie between the last member and the central directory",
            directory - position
        )))
    }

    fn length(&self) -> Result<u64> {
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.metadata().map(|metadata| metadata.len()).map_err(|error| Error::io(&self.path, &error))
    }

    /// Some bytes of the file; the caller has bounded their number.
    fn bytes(&self, offset: u64, length: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.read_into(&mut bytes, offset, length)?;
        Ok(bytes)
    }

    /// Replaces a buffer's content by some bytes of the file; the caller has bounded their number.
    fn read_into(&self, bytes: &mut Vec<u8>, offset: u64, length: u64) -> Result<()> {
        let missing = || not_in_profile("a zip record is cut short");
        let length = usize::try_from(length).map_err(|_| missing())?;
        bytes.resize(length, 0);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        match file.seek(SeekFrom::Start(offset)).and_then(|_| file.read_exact(bytes)) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(missing()),
            Err(error) => Err(Error::io(&self.path, &error)),
        }
    }
}

fn check_order(records: &[Record]) -> Result<()> {
    match records.windows(2).find(|pair| pair[0].name >= pair[1].name) {
        None => Ok(()),
        Some(pair) => {
            Err(not_in_profile(format!("`{}` stands before `{}`: members are sorted", pair[0].name, pair[1].name)))
        }
    }
}

/// Sizes within the limits; unfolding bounded per member and in total.
fn check_sizes(records: &[Record]) -> Result<()> {
    let (mut total, mut compressed) = (0u64, 0u64);
    let bomb = |place: String, size: u64, compressed: u64| {
        Err(not_in_profile(format!("{compressed} compressed bytes unfold to {size}")).at(place))
    };
    for record in records {
        let place = || format!("member `{}`", record.name);
        limits::MEMBER_BYTES.check(record.size).map_err(|error| error.at(place()))?;
        let most = record.compressed.saturating_mul(limits::MEMBER_RATIO.value()).saturating_add(RATIO_FREE_BYTES);
        if record.size > most {
            return bomb(place(), record.size, record.compressed);
        }
        total = total.saturating_add(record.size);
        compressed = compressed.saturating_add(record.compressed).saturating_add(LOCAL_BYTES as u64);
    }
    limits::ARTIFACT_BYTES.check(total)?;
    if total > compressed.saturating_mul(limits::ARTIFACT_RATIO.value()).saturating_add(TOTAL_RATIO_FREE_BYTES) {
        return bomb("all members".into(), total, compressed);
    }
    Ok(())
}
