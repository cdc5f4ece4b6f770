//! The categories that histogram gradient boosting met in training.

use super::super::fitted::{Attributes, Fitted};
use super::input::Input;
use crate::encoding::array::NdArray;
use crate::error::{Error, Result};
use crate::ops::bin::CategorySet;

/// Codes of a category fit a byte.
const CODES: usize = 256;
/// Words of 32 bits in a set of codes.
const WORDS: usize = CODES / 32;

/// What trees need to know of the features.
#[derive(Debug)]
pub struct Known<'i> {
    /// The features.
    pub input: &'i Input,
    /// Per feature, whether each code was met; nothing for numbers.
    met: Vec<Option<Vec<bool>>>,
}

impl<'i> Known<'i> {
    /// Reads the codes that `_bin_mapper` lists as the bins of categories.
    pub fn read(estimator: Fitted<'_>, input: &'i Input) -> Result<Self> {
        let none = Known { input, met: vec![None; input.n_features] };
        let mapper = estimator.attribute("_bin_mapper")?;
        let Some(mask) = mapper.present("is_categorical_") else { return Ok(none) };
        let array = mask.array()?;
        array.expect_shape(&[input.n_features])?;
        let mask = array.to_i64()?;
        let attribute = mapper.attribute("bin_thresholds_")?;
        let thresholds = attribute.items()?;
        if thresholds.len() != input.n_features {
            let message = format!("expected bins of {} features, found {}", input.n_features, thresholds.len());
            return Err(attribute.error(message));
        }
        let of_feature = |(codes, is_categorical): (Fitted<'_>, i64)| match is_categorical {
            0 => Ok(None),
            _ => met(codes).map(Some),
        };
        let met = thresholds.into_iter().zip(mask).map(of_feature).collect::<Result<_>>()?;
        Ok(Known { input, met })
    }

    /// Which way the codes of a feature go: those of a set left, others met in training right, the rest as missing.
    pub fn set(&self, feature: usize, left: &[bool], missing_left: bool) -> Result<CategorySet> {
        let Some(met) = self.met.get(feature).and_then(Option::as_ref) else {
            let message = format!("a set of categories tests feature {feature}, which holds numbers");
            return Err(Error::malformed("tree-structure", message));
        };
        let goes_left = |(left, met): (&bool, &bool)| *left || (!met && missing_left);
        Ok(CategorySet {
            left: left.iter().zip(met).map(goes_left).collect(),
            above_left: missing_left,
            below_left: missing_left,
            nan_left: missing_left,
            truncates_negative: false,
        })
    }
}

fn met(codes: Fitted<'_>) -> Result<Vec<bool>> {
    let array = codes.array()?;
    array.expect_dims(1)?;
    let mut met = vec![false; CODES];
    for code in array.to_f64()? {
        match met.get_mut(code as usize) {
            Some(place) if code >= 0.0 && code.fract() == 0.0 => *place = true,
            _ => return Err(codes.error(format!("expected codes of categories from 0 to 255, found {code}"))),
        }
    }
    Ok(met)
}

/// The sets of codes of a tree: `[sets, 8]` words of 32 bits.
pub fn sets(words: &NdArray<'_>) -> Result<Vec<Vec<bool>>> {
    words.expect_dims(2)?;
    if words.shape.last() != Some(&WORDS) {
        let n_sets = words.shape.first().copied().unwrap_or(0);
        words.expect_shape(&[n_sets, WORDS])?;
    }
    let bits = |word: &i64| (0..32).map(|bit| (word >> bit) & 1 == 1).collect::<Vec<bool>>();
    Ok(words.to_i64()?.chunks(WORDS).map(|set| set.iter().flat_map(bits).collect()).collect())
}
