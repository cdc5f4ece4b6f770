//! Cells of text into numbers, and values into the text that names a category.

use crate::model::{Category, Field};

/// Why a cell is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotANumber;

/// The number in a cell: spaces around it do not count, nothing between them is missing (NaN), `true` is 1.
#[inline]
pub fn number(cell: &[u8]) -> Result<f64, NotANumber> {
    plain_decimal(cell).map_or_else(|| any_number(cell), Ok)
}

/// The longest cell of digits that are tried as an integer first.
const MOST_PLAIN_DIGITS: usize = 17;
/// Up to here every integer is a f64.
const EXACT_INTEGERS: u64 = 1 << 53;
/// Powers of ten, each exactly a f64.
const TENS: [f64; MOST_PLAIN_DIGITS + 1] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17];

/// A short decimal: an exact integer over an exact power of ten, so that one division rounds it correctly.
fn plain_decimal(cell: &[u8]) -> Option<f64> {
    let (is_negative, digits) = match cell {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.len() > MOST_PLAIN_DIGITS {
        return None;
    }
    let (mut integer, mut point) = (0u64, None);
    for (at, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => integer = integer * 10 + u64::from(byte - b'0'),
            b'.' if point.is_none() => point = Some(at),
            _ => return None,
        }
    }
    let decimals = point.map_or(0, |at| digits.len() - at - 1);
    if integer > EXACT_INTEGERS || digits.len() == usize::from(point.is_some()) {
        return None;
    }
    let number = integer as f64 / TENS[decimals];
    Some(if is_negative { -number } else { number })
}

fn any_number(cell: &[u8]) -> Result<f64, NotANumber> {
    let cell = cell.trim_ascii();
    if cell.is_empty() {
        return Ok(f64::NAN);
    }
    let text = std::str::from_utf8(cell).map_err(|_| NotANumber)?;
    match text.parse::<f64>() {
        Ok(number) => Ok(number),
        Err(_) if text.eq_ignore_ascii_case("true") => Ok(1.0),
        Err(_) if text.eq_ignore_ascii_case("false") => Ok(0.0),
        Err(_) => Err(NotANumber),
    }
}

/// How the texts of a field are written: as Python's `str` writes the type of its categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextForm {
    /// As they are.
    Plain,
    /// Integers: `1.0` means `1`.
    Integers,
    /// Other numbers: `1` means `1.0`.
    Numbers,
    /// `true` and `1` mean `True`.
    Bools,
}

impl TextForm {
    /// The form of a field, by the type that all its categories share.
    pub fn of(field: &Field) -> TextForm {
        let categories = field.categories.as_deref().unwrap_or_default();
        let all = |is: fn(&Category) -> bool| !categories.is_empty() && categories.iter().all(is);
        if all(|category| matches!(category, Category::Integer(_))) {
            TextForm::Integers
        } else if all(|category| matches!(category, Category::Integer(_) | Category::Number(_))) {
            TextForm::Numbers
        } else if all(|category| matches!(category, Category::Bool(_))) {
            TextForm::Bools
        } else {
            TextForm::Plain
        }
    }

    /// The text as the categories write it, where it differs.
    pub fn rewrite(self, text: &str) -> Option<String> {
        match self {
            TextForm::Plain => None,
            TextForm::Bools => match text {
                "1" | "1.0" => Some("True".into()),
                "0" | "0.0" => Some("False".into()),
                _ if text.eq_ignore_ascii_case("true") => Some("True".into()),
                _ if text.eq_ignore_ascii_case("false") => Some("False".into()),
                _ => None,
            },
            TextForm::Integers => text.trim().parse::<f64>().ok().and_then(|number| match text.trim().parse::<i64>() {
                Ok(integer) => Some(integer.to_string()),
                Err(_) => integer_text(number),
            }),
            TextForm::Numbers => text.trim().parse::<f64>().ok().map(python_float),
        }
    }
}

/// The digits of a whole number that a f64 holds exactly.
fn integer_text(number: f64) -> Option<String> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && number.abs() <= EXACT).then(|| format!("{number:.0}").replace("-0", "0"))
}

/// A float as Python's `repr` writes it: fewest digits, an exponent below 1e-4 and from 1e16 on.
pub fn python_float(number: f64) -> String {
    if number.is_nan() {
        return "nan".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf".into() } else { "-inf".into() };
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if number == 0.0 || (-4..16).contains(&exponent) {
        return format!("{number:?}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::examples;

    #[test]
    fn numbers_are_correctly_rounded() {
        let digits = [
            "0",
            "-0",
            "0.1",
            "-1.005",
            "9007199254740991",
            "9007199254740992",
            "9007199254740993",
            "123456789.12345678",
            "0.00000000000000001",
            "1.7976931348623157e308",
            "4.9e-324",
            "2.2250738585072011e-308",
            "1e23",
            "8.5",
            ".5",
            "5.",
            "+5",
            "00012",
            "99999999999999999",
            "0.3",
            "72057594037927945",
            "1e400",
            "-1e-400",
        ];
        for text in digits {
            let found = number(text.as_bytes()).unwrap();
            assert_eq!(found.to_bits(), text.parse::<f64>().unwrap().to_bits(), "{text}");
        }
        for (text, expected) in
            [(" 1.5\t", 1.5), ("TRUE", 1.0), ("false", 0.0), ("-inf", f64::NEG_INFINITY), ("Infinity", f64::INFINITY)]
        {
            assert_eq!(number(text.as_bytes()), Ok(expected), "{text}");
        }
        for text in ["", "  ", "nan", "NaN"] {
            assert!(number(text.as_bytes()).unwrap().is_nan(), "{text}");
        }
        for text in [".", "-", "-.", "1.2.3", "1,5", "0x10", "1_000", "1 2", "e5", "١", "NA", "\u{7F}"] {
            assert_eq!(number(text.as_bytes()), Err(NotANumber), "{text}");
        }
        assert_eq!(number(b"\xFF"), Err(NotANumber));
    }

    /// Python 3.12's `repr`.
    #[test]
    fn floats_are_written_as_python_writes_them() {
        for (number, text) in [
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e16, "1e+16"),
            (1e15, "1000000000000000.0"),
            (123456789012345680.0, "1.2345678901234568e+17"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (5e-324, "5e-324"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (1e22, "1e+22"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(python_float(number), text);
        }
    }

    #[test]
    fn texts_take_the_form_of_their_categories() {
        let field = |categories: Vec<Category>| Field { categories: Some(categories), ..examples::fields().remove(2) };
        let integers = TextForm::of(&field(vec![Category::Integer(1), Category::Integer(-2)]));
        let numbers = TextForm::of(&field(vec![Category::Integer(1), Category::Number(0.5)]));
        let bools = TextForm::of(&field(vec![Category::Bool(true), Category::Bool(false)]));
        let mixed = TextForm::of(&field(vec![Category::Bool(true), Category::Text("x".into())]));
        assert_eq!(
            (integers, numbers, bools, mixed),
            (TextForm::Integers, TextForm::Numbers, TextForm::Bools, TextForm::Plain)
        );
        for (form, text, expected) in [
            (integers, "1.0", Some("1")),
            (integers, " 007 ", Some("7")),
            (integers, "-0", Some("0")),
            (integers, "-0.0", Some("0")),
            (integers, "1e3", Some("1000")),
            (integers, "9223372036854775807", Some("9223372036854775807")),
            (integers, "1.5", None),
            (integers, "x", None),
            (integers, "", None),
            (integers, "inf", None),
            (integers, "1e300", None),
            (numbers, "1", Some("1.0")),
            (numbers, "0.50", Some("0.5")),
            (numbers, "x", None),
            (bools, "TRUE", Some("True")),
            (bools, "false", Some("False")),
            (bools, "1", Some("True")),
            (bools, "0.0", Some("False")),
            (bools, "2", None),
            (mixed, "true", None),
        ] {
            assert_eq!(form.rewrite(text).as_deref(), expected, "{form:?} {text:?}");
        }
    }
}
