//! CSV documents and exactly what becomes of them.

use std::io::Read;

use super::Records;
use crate::data::Format;
use crate::data::examples::{fields, numbers, read};

fn check(text: &str, expected: &str) {
    assert_eq!(read(text.as_bytes(), Some(Format::Csv), &fields(), true), expected, "{text:?}");
}

#[test]
fn cells_are_typed_by_their_fields() {
    check(
        "a,b,city,plan\n1.5,2,Oslo,1\n,0.1,,\n inf , -1e3 , x ,20.0\r\n",
        "1.5 2.0 \"Oslo\" \"1\"\nNaN 0.1 null null\ninf -1000.0 \" x \" \"20\"",
    );
    check("a,b,city,plan\nnan,true,\"\",abc\nNaN,FALSE,NA,1.5", "NaN 1.0 \"\" \"abc\"\nNaN 0.0 \"NA\" \"1.5\"");
    check("plan,city,b,a\n7,\"a \"\"b\"\",\nc\",\"3\",-Infinity\n", "-inf 3.0 \"a \\\"b\\\",\\nc\" \"7\"");
    check("\u{FEFF}a,b,city,plan\n\n1,2,,\n\r\n\n", "1.0 2.0 null null");
    check("a,b,city,plan\n", "");
    // Correctly rounded f64, and the f32 nearest to that.
    check("a,b,city,plan\n0.1234567890123456789,16777217,,", "0.12345678901234568 16777216.0 null null");
    check("a,b,city,plan\n9007199254740993,1e39,,100000000001", "9007199254740992.0 inf null \"100000000001\"");
}

#[test]
fn blocks_end_at_their_rows_and_before_their_texts_overflow() {
    check(
        "a,b,city,plan\n1,1,,\n2,2,,\n3,3,,\n4,4,,\n",
        "1.0 1.0 null null\n2.0 2.0 null null\n3.0 3.0 null null\n--\n4.0 4.0 null null",
    );
    check(
        "a,b,city,plan\n1,1,1234567,\n2,2,12345,\n3,3,x,\n4,4,123456789012,\n",
        "1.0 1.0 \"1234567\" null\n2.0 2.0 \"12345\" null\n--\n3.0 3.0 \"x\" null\n--\n4.0 4.0 \"123456789012\" null",
    );
    check(
        "a,b,city,plan\n1,1,x,\n4,4,1234567890123,\n",
        "error[text-too-long]: a text of 13 bytes exceeds the score module's 12\nat line 3, column `city`\n\
         hint: build the artifact with a larger `--max-text-bytes`",
    );
}

#[test]
fn columns_are_found_by_name_or_position() {
    check(
        "id,b,plan,a,city,x\n9,2,1,1,Oslo,y\n",
        "1.0 2.0 \"Oslo\" \"1\"\nnote: the model does not use columns `id`, `x`",
    );
    check(
        "1.5,2,Oslo,1\n,3,,\n",
        "1.5 2.0 \"Oslo\" \"1\"\nNaN 3.0 null null\n\
         note: the data has no header: columns are matched by position (`a`, `b`, `city`, `plan`)",
    );
    check(
        "a,b,City,plan\n1,2,x,1\n",
        "error[missing-column]: input column `city` is not in the data\nhint: the data has a column `City`: is it `city`?",
    );
    check(
        "one,two,three,four\n1,2,x,1\n",
        "error[missing-column]: input columns `a`, `b`, `city`, `plan` are not in the data\n\
         hint: the data has columns `one`, `two`, `three`, `four`",
    );
    check("a,b,city,plan,a\n1,2,x,1,3\n", "error[duplicate-column]: columns 1 and 5 are both called `a`");
    check(
        "a;b;city;plan\n1;2;x;1\n",
        "error[missing-column]: input columns `a`, `b`, `city`, `plan` are not in the data\n\
         hint: cells are separated by commas; this header holds another separator",
    );
    check(
        "1,2\n",
        "error[missing-column]: input columns `a`, `b`, `city`, `plan` are not in the data\nhint: the data has columns `1`, `2`",
    );
    check("", "error[empty-data]: the CSV data is empty: expected a header and rows");
}

#[test]
fn spaces_that_were_saved_as_underscores() {
    let mut fields = numbers();
    fields[0].name = "mean_radius".into();
    let check = |text: &str, expected: &str| {
        assert_eq!(read(text.as_bytes(), Some(Format::Csv), &fields, true), expected, "{text:?}");
    };
    check("x1,mean radius\n2,1\n", "1.0 2.0\nnote: column `mean radius` is the model's `mean_radius`");
    check("mean_radius,mean radius,x1\n1,3,2\n", "1.0 2.0\nnote: the model does not use column `mean radius`");
    check(
        "mean radius,mean radius,x1\n1,3,2\n",
        "error[missing-column]: input column `mean_radius` is not in the data\n\
         hint: the data has a column `mean radius`: is it `mean_radius`?",
    );
}

#[test]
fn a_model_without_names_takes_any_header_by_position() {
    let check = |text: &str, expected: &str| {
        assert_eq!(read(text.as_bytes(), Some(Format::Csv), &numbers(), false), expected, "{text:?}");
    };
    let by_position = |reason: &str| format!("1.0 2.0\nnote: {reason}: columns are matched by position (`x0`, `x1`)");
    check("x1,x0\n2,1\n", "1.0 2.0");
    check("width,height\n1,2\n", &by_position("the model file names no columns"));
    check("1,2\n", &by_position("the data has no header"));
    check("0,1\n1,2\n", &by_position("the header only counts the columns"));
    check(
        "1,2;3\n1,2\n",
        "error[header-unclear]: the first line is neither clearly a header nor clearly a row\nat line 1\n\
         hint: begin the data with the header `x0,x1`",
    );
    check(
        "a,b,c\n1,2,3\n",
        "error[missing-column]: input columns `x0`, `x1` are not in the data\nhint: the data has columns `a`, `b`, `c`",
    );
    check(
        "1,2,3\n",
        "error[missing-column]: input columns `x0`, `x1` are not in the data\nhint: the data has columns `1`, `2`, `3`",
    );
}

#[test]
fn bad_cells_name_their_line_and_column() {
    check(
        "a,b,city,plan\n1,2,x,1\nabc,2,x,1",
        "error[not-a-number]: expected a number, found `abc`\nat line 3, column `a`",
    );
    check(
        "a,b,city,plan\nNA,2,x,1",
        "error[not-a-number]: expected a number, found `NA`\nat line 2, column `a`\nhint: leave the cell empty where a number is missing",
    );
    check(
        "a,b,city,plan\n\"\",2,x,1",
        "error[not-a-number]: expected a number, found ``\nat line 2, column `a`\n\
         hint: leave the cell empty, without quotes, where a number is missing",
    );
    for missing in ["", " ", "nan"] {
        check(
            &format!("a,b,city,plan\n1,{missing},x,1"),
            "error[missing-value]: expected a value, found none: the model takes no missing values here\nat line 2, column `b`",
        );
    }
    check("a,b,city,plan\n1,2,\"a\n\nb\",1\n1,2,x\n", "error[csv-ragged]: expected 4 cells, found 3\nat line 5");
    check("a,b,city,plan\n1,2,x,1,5\n", "error[csv-ragged]: expected 4 cells, found 5\nat line 2");
    check(
        "a,b,city,plan\n1,2,x\"y,1\n",
        "error[csv-quote]: a quote inside a cell that does not begin with one\nat line 2\n\
         hint: put the cell in quotes and double the quotes inside it",
    );
    check(
        "a,b,city,plan\n1,2,\"x\"y,1\n",
        "error[csv-quote]: text after the closing quote of a cell\nat line 2\nhint: double the quotes inside a quoted cell",
    );
    check("a,b,city,plan\n1,2,\"x,1\n", "error[csv-quote]: a quoted cell has no closing quote\nat line 2");
    check("a,b,city,plan\r1,2,x,1\r", "error[csv-quote]: a carriage return without a line feed after it\nat line 1");
    let bytes = b"a,b,city,plan\n1,2,\xFF,1\n";
    assert_eq!(
        read(bytes, Some(Format::Csv), &fields(), true),
        "error[not-utf8]: expected UTF-8 text, found other bytes\nat line 2\nhint: save the file as UTF-8"
    );
}

/// A source that gives one byte at a time.
struct Drops<'a>(&'a [u8]);

impl Read for Drops<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.len().min(1).min(buffer.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

fn all_cells(mut records: Records<impl Read>) -> Result<Vec<Vec<(String, bool)>>, String> {
    let mut all = Vec::new();
    while records.advance().map_err(|error| error.to_string())? {
        let cell = |i| {
            (records.text(i).map_or_else(|error| error.to_string(), |text| text.into_owned()), records.cell(i).quoted)
        };
        all.push((0..records.len()).map(cell).collect());
    }
    Ok(all)
}

/// However the bytes arrive, the records are the same; no cut of them panics.
#[test]
fn records_do_not_depend_on_how_bytes_arrive() {
    let text = "\u{FEFF}a,\"b \"\"c\"\"\",\r\n\r\n\n\"\",x,\"line\r\nline\"\n,,\n\"é\",\"\"\"\",日本";
    let whole = all_cells(Records::new(text.as_bytes())).unwrap();
    let cells: Vec<Vec<(&str, bool)>> =
        whole.iter().map(|row| row.iter().map(|(text, quoted)| (text.as_str(), *quoted)).collect()).collect();
    assert_eq!(
        cells,
        [
            vec![("a", false), ("b \"c\"", true), ("", false)],
            vec![("", true), ("x", false), ("line\r\nline", true)],
            vec![("", false), ("", false), ("", false)],
            vec![("é", true), ("\"", true), ("日本", false)],
        ]
    );
    for end in 0..=text.len() {
        let bytes = &text.as_bytes()[..end];
        assert_eq!(all_cells(Records::new(Drops(bytes))), all_cells(Records::new(bytes)), "cut at {end}");
    }
}

#[test]
fn hostile_bytes_never_panic() {
    let (mut state, mut refused) = (7u64, 0);
    for _ in 0..2000 {
        let mut bytes = b"a,b,city,plan\n1,2,\"x\",1\n,3,y,2\n".to_vec();
        for _ in 0..2 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = (state >> 40) as usize % bytes.len();
            bytes[at] = b"\"\",,\n\r\n1e.-9x\xFF\0 "[(state >> 33) as usize % 16];
        }
        refused += usize::from(read(&bytes, Some(Format::Csv), &fields(), true).starts_with("error["));
    }
    assert!((1..2000).contains(&refused), "{refused}");
}

/// `check` reads every document in pieces too; these are larger than a buffer and than the longest piece.
#[test]
fn pieces_end_where_records_do() {
    let long = "y\n".repeat(700_000);
    let mut text = String::from("a,b,city,plan,more\n");
    let mut expected = Vec::new();
    for row in 0..20_000 {
        let more = match row % 7 {
            0 => "\"one\r\n\"\"two\"\"\n\"",
            3 => "\n",
            _ => "x",
        };
        let more = if row == 9_000 { format!("\"{long}\"") } else { more.trim_matches('\n').to_owned() };
        text += &format!("{row},1,,,{more}\n");
        expected.push(format!("{row}.0 1.0 null null"));
    }
    let read = read(text.as_bytes(), Some(Format::Csv), &fields(), true);
    assert!(read.lines().filter(|line| *line != "--" && !line.starts_with("note: ")).eq(expected));
    let broken = text.replacen("\n15000,1,", "\n15000,x,", 1);
    assert!(
        super::super::examples::read(broken.as_bytes(), Some(Format::Csv), &fields(), true).contains("not-a-number")
    );
}
