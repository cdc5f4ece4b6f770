//! The zip files that hold artifacts: one strict profile, written and read here alone.
//!
//! A file is `local₁ … localₙ, central directory, end record` without a gap, sorted by name, without comments, data
//! descriptors, encryption or further disks; zip64 fields only where a number needs them. Other zip containers
//! (wheels, model files) are not read here.

mod member;
mod read;
mod record;
mod write;

pub use read::ZipStore;
pub use write::{DosTime, ZipMember, write_zip};

#[cfg(test)]
mod tests {
    use super::record::{Compression, End, Fields, Record};

    fn record(size: u64, offset: u64) -> Record {
        let name = "größe".to_owned();
        Record { name, compression: Compression::Stored, modified: (0, 33), crc: 7, compressed: size, size, offset }
    }

    #[test]
    fn zip64_fields_stand_only_where_a_number_needs_them() {
        let edge = u64::from(u32::MAX);
        for (size, offset, extra) in
            [(1, 1, 0), (edge - 1, edge - 1, 0), (edge, 1, 20), (1, edge, 12), (1 << 33, 1 << 34, 28)]
        {
            let record = record(size, offset);
            let mut central = Vec::new();
            record.push_central(&mut central);
            assert_eq!(central.len(), super::record::CENTRAL_BYTES + record.name.len() + extra);
            assert_eq!(Fields(&central).central(&mut Vec::new()).unwrap(), record);
            let end = End { entries: 1, size: central.len() as u64, offset };
            let bytes = end.bytes();
            assert_eq!(bytes.len() > super::record::END_BYTES, offset >= edge);
            assert_eq!(End::parse(&bytes, offset + end.size + bytes.len() as u64).unwrap(), end);
            assert!(End::parse(&bytes, offset + end.size + bytes.len() as u64 + 1).is_err());
        }
    }
}
