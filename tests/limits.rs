//! The table of limits in docs/security.md is the one that holds (`SCOREPACK_REFRESH=1 cargo test --test limits` writes it
//! again).

use std::fmt::Write as _;

use scorepack::limits::LIMITS;

const START: &str = "<!-- limits -->\n";
const END: &str = "<!-- /limits -->";

/// A number of bytes in the largest unit that leaves no rest, other numbers with commas.
fn shown(value: u64, unit: &str) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let fitting = units.iter().find(|(bits, _)| unit == "bytes" && value > 0 && value.is_multiple_of(1 << bits));
    match fitting {
        Some((bits, name)) => format!("{} {name}", value >> bits),
        None => format!("{} {unit}", with_commas(value)),
    }
}

fn with_commas(value: u64) -> String {
    let digits = value.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
    groups.join(",")
}

#[test]
fn the_documented_limits_are_those_that_hold() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/security.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let start = text.find(START).unwrap() + START.len();
    let end = text.find(END).unwrap();
    let mut table = String::from("| limit | default | why |\n|---|---:|---|\n");
    for limit in LIMITS {
        writeln!(table, "| `{}` | {} | {} |", limit.name, shown(limit.value(), limit.unit), limit.reason).unwrap();
    }
    if std::env::var_os("SCOREPACK_REFRESH").is_some() {
        std::fs::write(&path, format!("{}{table}{}", &text[..start], &text[end..])).unwrap();
    } else {
        assert_eq!(&text[start..end], table, "refresh with SCOREPACK_REFRESH=1");
    }
    println!("{} limits", LIMITS.len());
}
