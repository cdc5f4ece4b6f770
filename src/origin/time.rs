//! Times as text (RFC 3339, in UTC) and as seconds since 1970.

use std::time::Duration;

use x509_cert::der::DateTime;

use crate::error::{Error, Result};

/// Reads `2026-06-01` or `2026-06-01T12:00:00Z`.
pub fn parse_time(text: &str) -> Result<u64> {
    let whole = if text.contains('T') { text.to_owned() } else { format!("{text}T00:00:00Z") };
    let time: Result<DateTime, _> = whole.parse();
    time.map(|time| time.unix_duration().as_secs()).map_err(|_| {
        Error::usage("usage", format!("expected a time such as 2026-06-01 or 2026-06-01T12:00:00Z, found `{text}`"))
    })
}

/// Writes `2026-06-01T12:00:00Z`.
pub fn format_time(seconds: u64) -> Result<String> {
    let time = DateTime::from_unix_duration(Duration::from_secs(seconds));
    time.map(|time| time.to_string())
        .map_err(|_| Error::usage("usage", format!("{seconds} seconds since 1970 are no year up to 9999")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc() {
        assert_eq!(parse_time("2026-06-01").unwrap(), 1_780_272_000);
        assert_eq!(parse_time("2026-06-01T12:00:01Z").unwrap(), 1_780_315_201);
        assert_eq!(format_time(1_780_315_201).unwrap(), "2026-06-01T12:00:01Z");
        for refused in ["", "june", "2026-13-01", "2026-06-01T12:00:00+02:00", "2026-06-01T12:00:00"] {
            assert!(parse_time(refused).is_err(), "{refused}");
        }
        assert!(format_time(u64::MAX).is_err());
    }
}
