//! joblib files: a pickle with arrays between its opcodes, often compressed. Plain pickles are read as well.

use std::borrow::Cow;

use super::compressed::{compression, decompress};
use super::pickle::{self, Options, Pickle, Report};
use crate::error::{Error, Result};

/// Reads a joblib file or a pickle, compressed or not; told apart by content.
///
/// # Errors
/// As [`pickle::read`], and for a compressed stream that is broken, over a limit, or followed by more bytes.
pub fn read(bytes: &[u8], options: Options) -> Result<Pickle<'_>> {
    let stream = unfold(bytes)?;
    if !pickle::is_pickle(&stream) {
        return Err(Error::malformed("pickle-signature", "the file is neither a pickle nor a joblib file"));
    }
    pickle::read(stream, options)
}

/// The same object as a plain pickle, which needs no joblib to be read: a pickle without compression as it is, a joblib
/// file with NumPy's own form for its arrays.
///
/// # Errors
/// As [`read`], and for arrays of a subclass.
pub fn plain_pickle(bytes: &[u8]) -> Result<Vec<u8>> {
    let stream = unfold(bytes)?;
    match pickle::read(&*stream, Options::LOAD)?.has_wrapped_arrays() {
        true => pickle::without_wrapped_arrays(&stream),
        false => Ok(stream.into_owned()),
    }
}

/// Lists what a joblib file or pickle would do, compressed or not.
pub fn report(bytes: &[u8], options: Options) -> Report {
    match unfold(bytes) {
        Ok(stream) => pickle::report(&stream, options),
        Err(error) => Report { imports: Vec::new(), complaints: Vec::new(), stopped: Some(error) },
    }
}

fn unfold(bytes: &[u8]) -> Result<Cow<'_, [u8]>> {
    match compression(bytes) {
        Some(kind) => decompress(kind, bytes).map(Cow::Owned),
        None if bytes.starts_with(b"ZF") => Err(Error::unsupported(
            "joblib-version",
            "the file was written by joblib before 0.10, which kept arrays in other files",
        )
        .hint("load it with the joblib that wrote it and dump it again with joblib 1")),
        None => Ok(Cow::Borrowed(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const COMPRESSIONS: &[&str] = &["zlib", "zlib-9", "gzip", "bz2", "xz", "lzma", "lz4"];

    fn fixture(name: &str) -> Vec<u8> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sklearn");
        std::fs::read(folder.join(format!("joblib-{name}-1.9/model.joblib"))).unwrap()
    }

    /// All numbers of the model's arrays.
    fn numbers(bytes: &[u8]) -> Vec<f64> {
        let pickle = read(bytes, Options::LOAD).unwrap();
        let (mut found, mut open) = (Vec::new(), vec![pickle.root()]);
        while let Some(view) = open.pop() {
            match view.array() {
                Ok(array) => found.extend(array.to_f64().unwrap_or_default()),
                Err(_) => open.extend(view.attributes().unwrap_or_default().into_iter().map(|(_, value)| value)),
            }
            open.extend(view.items().unwrap_or_default());
        }
        found
    }

    #[test]
    fn every_compression_gives_the_same_model() {
        let plain = numbers(&fixture("raw"));
        assert!(plain.len() > 10);
        for name in COMPRESSIONS {
            assert_eq!(numbers(&fixture(name)), plain, "{name}");
        }
    }

    #[test]
    fn a_plain_pickle_holds_the_same_numbers_and_no_array_between_its_opcodes() {
        let numbers_of_raw = numbers(&fixture("raw"));
        for name in COMPRESSIONS.iter().chain(&["raw"]) {
            let plain = plain_pickle(&fixture(name)).unwrap();
            assert!(!read(&plain, Options::LOAD).unwrap().has_wrapped_arrays(), "{name}");
            assert_eq!(numbers(&plain), numbers_of_raw, "{name}");
            assert_eq!(plain_pickle(&plain).unwrap(), plain, "{name}: a plain pickle stays as it is");
        }
    }

    /// The class of the arrays becomes another one of as many letters.
    #[test]
    fn arrays_of_a_subclass_have_no_plain_form() {
        let bytes = unfold(&fixture("zlib")).unwrap().into_owned();
        let at = bytes.windows(7).position(|name| name == b"ndarray").unwrap();
        let other = [&bytes[..at], b"float64", &bytes[at + 7..]].concat();
        assert!(read(&other, Options::LOAD).is_ok());
        let error = plain_pickle(&other).unwrap_err();
        assert!(error.to_string().contains("expected the class `numpy.ndarray`"), "{error}");
    }

    #[test]
    fn nothing_stands_behind_a_stream() {
        for name in COMPRESSIONS {
            let bytes = fixture(name);
            for tail in [&b"\0"[..], b"N.", &bytes] {
                let error = read(&[&bytes, tail].concat(), Options::LOAD).unwrap_err();
                assert_eq!(error.code(), "compressed-trailing", "{name}: {error}");
            }
        }
    }

    #[test]
    fn streams_that_end_early_are_broken() {
        for name in COMPRESSIONS {
            let bytes = fixture(name);
            for end in [bytes.len() - 1, bytes.len() - 4, bytes.len() / 2, 20] {
                assert!(read(&bytes[..end], Options::LOAD).is_err(), "{name}, {end} bytes");
            }
        }
    }

    #[test]
    fn a_bomb_stops_at_the_ratio() {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
        encoder.write_all(&vec![0; 8 << 20]).unwrap();
        let error = read(&encoder.finish().unwrap(), Options::LOAD).unwrap_err();
        assert!(error.to_string().contains("exceed the limit `compression-ratio` of 1000"), "{error}");
    }

    #[test]
    fn reports_look_inside_compressed_streams() {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(b"cos\nsystem\n(Vid\ntR.").unwrap();
        let report = report(&encoder.finish().unwrap(), Options::REPORT);
        assert_eq!(report.verdict(), pickle::Verdict::Dangerous);
        assert_eq!(report.imports[0].path(), "os.system");
    }
}
