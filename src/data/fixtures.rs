//! The same rows out of every form in which pandas and NumPy write a table (fixtures/data).

use super::examples::{abi, numbers, read};
use super::{InputFields, Table};
use crate::model::{Category, Field};
use crate::tensor::ElementType;

fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The fields of `mixed`, not in the order of its columns; `plan` as text of integers, `count` left out.
fn mixed() -> Vec<Field> {
    let field = |name: &str, element| Field { name: name.into(), element, nullable: true, categories: None };
    let plan = Field { categories: Some(vec![Category::Integer(1)]), ..field("plan", ElementType::Text) };
    vec![
        field("zone", ElementType::Text),
        field("flag", ElementType::F64),
        field("b", ElementType::F32),
        field("a", ElementType::F64),
        plan,
        field("city", ElementType::Text),
    ]
}

/// flag, a, b, zone, plan, city: the order of the arenas.
const MIXED: &str = r#"1.0 0.1 1.5 "n" "1" "Oslo"
0.0 NaN 0.25 "s" "20" null
1.0 -2.5 16777216.0 null null "a \"b\", c"
--
1.0 1e300 -2.0 "n" "1" "line\nbreak"
--
0.0 0.0 3.0 "s" "20" "Łódź""#;

const NUMBERS: &str = "1.5 -2.0\ninf NaN\n0.3333333333333333 1e30";

#[test]
fn every_form_of_a_table_gives_the_same_rows() {
    for (name, extra) in [
        ("mixed.csv", "column `count`"),
        ("mixed.records.json", "column `count`"),
        ("mixed.columns.json", "column `count`"),
        ("mixed.split.json", "column `count`"),
        ("mixed.table.json", "columns `index`, `count`"),
        ("mixed.payload.json", "column `count`"),
        ("mixed.jsonl", "column `count`"),
        #[cfg(feature = "batch")]
        ("mixed.parquet", "column `count`"),
        #[cfg(feature = "batch")]
        ("mixed.zstd.parquet", "column `count`"),
    ] {
        let expected = format!("{MIXED}\nnote: the model does not use {extra}");
        assert_eq!(read(&file(name), None, &mixed(), true), expected, "{name}");
    }
}

#[test]
fn every_form_of_an_array_gives_the_same_rows() {
    let by_position = |reason: &str| format!("{NUMBERS}\nnote: {reason}: columns are matched by position (`x0`, `x1`)");
    for (name, expected) in [
        ("numbers.npy", by_position("an array names no columns")),
        ("numbers.csv", by_position("the header only counts the columns")),
        ("numbers.bare.csv", by_position("the data has no header")),
        #[cfg(feature = "batch")]
        ("numbers.parquet", NUMBERS.to_owned()),
    ] {
        assert_eq!(read(&file(name), None, &numbers(), false), expected, "{name}");
    }
    let singles = by_position("an array names no columns");
    let singles = singles.replace("0.3333333333333333", "0.3333333432674408").replace("1e30", "1.0000000150474662e30");
    assert_eq!(read(&file("numbers.fortran.npy"), None, &numbers(), false), singles);
}

#[test]
fn a_sample_gives_the_same_block_in_every_form() {
    let fields = mixed();
    let input = InputFields { fields: &fields, named: true };
    let abi = abi(&fields);
    let blocks = |name: &str| {
        let table = Table::read(&file(name), name, None, Some(input)).unwrap();
        let types: Vec<String> = table.columns.iter().map(|c| format!("{} {}", c.name, c.cells.type_name())).collect();
        (
            types.join(", "),
            table.blocks(input, &abi).unwrap().iter().map(|block| format!("{block:?}")).collect::<Vec<_>>(),
        )
    };
    let (types, expected) = blocks("mixed.csv");
    assert_eq!(types, "a float64, b float64, city string, plan int64, flag bool, count int64, zone string");
    assert_eq!(expected.len(), 3);
    for name in [
        "mixed.records.json",
        "mixed.split.json",
        "mixed.jsonl",
        "mixed.payload.json",
        #[cfg(feature = "batch")]
        "mixed.parquet",
    ] {
        assert_eq!(blocks(name), (types.clone(), expected.clone()), "{name}");
    }
}

/// Cut anywhere and with any byte changed, a document gives rows or an error.
#[test]
fn no_damage_panics() {
    let fields = mixed();
    let input = InputFields { fields: &fields, named: true };
    let mut refused = 0;
    for name in ["mixed.csv", "mixed.split.json", "mixed.jsonl", "mixed.payload.json", "numbers.fortran.npy"] {
        let whole = file(name);
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] = whole[at].wrapping_mul(167).wrapping_add(13);
            for bytes in [&whole[..at], &changed] {
                refused += usize::from(Table::read(bytes, name, None, Some(input)).is_err());
                refused += usize::from(read(bytes, None, &fields, true).starts_with("error["));
            }
        }
    }
    assert!((1000..8000).contains(&refused), "{refused}");
}

#[cfg(not(feature = "batch"))]
#[test]
fn a_build_without_parquet_says_so() {
    assert_eq!(
        read(&file("numbers.parquet"), None, &numbers(), true),
        "error[data-format]: this build of scorepack has no Parquet support\n\
         hint: build it with `--features batch`, or convert the data to CSV"
    );
}
