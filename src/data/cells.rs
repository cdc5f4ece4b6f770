//! Cells of text into numbers, and values into the text that names a category.

use crate::model::{Category, Field};

/// Why a cell is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotANumber;

/// The number in a cell: spaces around it do not count, nothing between them is missing (NaN), `true` is 1.
pub fn number(cell: &[u8]) -> Result<f64, NotANumber> {
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
    /// `true` means `True`.
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
            TextForm::Bools if text.eq_ignore_ascii_case("true") => Some("True".into()),
            TextForm::Bools if text.eq_ignore_ascii_case("false") => Some("False".into()),
            TextForm::Bools => None,
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
