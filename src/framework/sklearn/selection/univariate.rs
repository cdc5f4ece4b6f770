//! Feature selection by scores: which columns stay is worked out from the fitted scores, as scikit-learn does it each time
//! that it transforms.

use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use crate::error::{Error, Result};

/// A vector of numbers, as its own element type holds them.
struct Scores {
    values: Vec<f64>,
    is_single: bool,
}

impl Scores {
    fn read(selector: Fitted<'_>, name: &str) -> Result<Self> {
        let Some(attribute) = selector.present(name) else {
            let message = format!("`{}` has no `{name}`: its score function gave none", selector.class_name());
            return Err(selector.located(Error::malformed("missing-attribute", message)));
        };
        let array = attribute.array()?;
        array.expect_dims(1)?;
        Ok(Scores { values: array.to_f64()?, is_single: array.dtype.item_bytes == 4 })
    }

    /// NaN counts as the smallest number.
    fn cleaned(&self) -> Vec<f64> {
        let least = if self.is_single { f64::from(f32::MIN) } else { f64::MIN };
        self.values.iter().map(|score| if score.is_nan() { least } else { *score }).collect()
    }

    /// What a Python float is when NumPy compares these numbers with it.
    fn bound(&self, bound: f64) -> f64 {
        if self.is_single { f64::from(bound as f32) } else { bound }
    }
}

/// A rule of selection with its parameter.
enum Rule {
    All,
    Best(usize),
    Percentile(f64),
    FalsePositives(f64),
    FalseDiscoveries(f64),
    FamilyWise(f64),
}

impl Rule {
    fn read(selector: Fitted<'_>) -> Result<Self> {
        Ok(match selector.class_name() {
            "SelectKBest" => Rule::best(selector, "k")?,
            "SelectPercentile" => Rule::Percentile(selector.number_or("percentile", 10.0)?),
            "SelectFpr" => Rule::FalsePositives(selector.number_or("alpha", 0.05)?),
            "SelectFdr" => Rule::FalseDiscoveries(selector.number_or("alpha", 0.05)?),
            "SelectFwe" => Rule::FamilyWise(selector.number_or("alpha", 0.05)?),
            _ => match &*selector.word("mode", "percentile")? {
                "k_best" => Rule::best(selector, "param")?,
                mode => {
                    let param = selector.number_or("param", 1e-5)?;
                    match mode {
                        "percentile" => Rule::Percentile(param),
                        "fpr" => Rule::FalsePositives(param),
                        "fdr" => Rule::FalseDiscoveries(param),
                        "fwe" => Rule::FamilyWise(param),
                        _ => {
                            let modes = "'percentile', 'k_best', 'fpr', 'fdr' or 'fwe'";
                            return Err(selector.unsupported_parameter("mode", modes));
                        }
                    }
                }
            },
        })
    }

    fn best(selector: Fitted<'_>, name: &str) -> Result<Self> {
        match selector.optional(name) {
            Some(count) if count.plain_str() == Some("all") => Ok(Rule::All),
            Some(count) => Ok(Rule::Best(count.as_usize()?)),
            None => Ok(Rule::Best(10)),
        }
    }
}

/// `SelectKBest`, `SelectPercentile`, `SelectFpr`, `SelectFdr`, `SelectFwe`, `GenericUnivariateSelect`.
pub fn by_score(context: &mut Context, selector: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let support = match Rule::read(selector)? {
        Rule::All => vec![true; Scores::read(selector, "scores_")?.values.len()],
        Rule::Best(count) => best(&Scores::read(selector, "scores_")?.cleaned(), count),
        Rule::Percentile(percentile) => of_percentile(selector, percentile)?,
        Rule::FalsePositives(alpha) => below(&Scores::read(selector, "pvalues_")?, alpha),
        Rule::FamilyWise(alpha) => {
            let pvalues = Scores::read(selector, "pvalues_")?;
            let count = pvalues.values.len() as f64;
            below(&pvalues, alpha / count)
        }
        Rule::FalseDiscoveries(alpha) => discovered(&Scores::read(selector, "pvalues_")?.values, alpha),
    };
    super::checked(context, selector, frame, &support, super::Accepts::Finite)
}

/// `VarianceThreshold`: the columns that vary more than the threshold; missing values pass.
pub fn by_variance(context: &mut Context, selector: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let variances = Scores::read(selector, "variances_")?;
    let threshold = variances.bound(selector.number_or("threshold", 0.0)?);
    let support: Vec<bool> = variances.values.iter().map(|variance| *variance > threshold).collect();
    super::checked(context, selector, frame, &support, super::Accepts::Missing)
}

/// The highest scores; of equal ones the later columns.
fn best(scores: &[f64], count: usize) -> Vec<bool> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| score(scores, *a).total_cmp(&score(scores, *b)));
    let mut support = vec![false; scores.len()];
    for column in order.into_iter().rev().take(count) {
        if let Some(kept) = support.get_mut(column) {
            *kept = true;
        }
    }
    support
}

/// A zero of either sign is one score.
fn score(scores: &[f64], column: usize) -> f64 {
    scores.get(column).copied().unwrap_or(f64::NAN) + 0.0
}

/// P-values below a bound; NaN is not.
fn below(pvalues: &Scores, bound: f64) -> Vec<bool> {
    let bound = pvalues.bound(bound);
    pvalues.values.iter().map(|pvalue| *pvalue < bound).collect()
}

/// The procedure of Benjamini and Hochberg: all p-values up to the largest that is small for its rank.
fn discovered(pvalues: &[f64], alpha: f64) -> Vec<bool> {
    let mut sorted: Vec<f64> = pvalues.iter().copied().filter(|pvalue| !pvalue.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let step = alpha / pvalues.len() as f64;
    let last = sorted.iter().enumerate().rfind(|(rank, pvalue)| **pvalue <= step * (rank + 1) as f64);
    let Some((_, largest)) = last else { return vec![false; pvalues.len()] };
    pvalues.iter().map(|pvalue| pvalue <= largest).collect()
}

fn of_percentile(selector: Fitted<'_>, percentile: f64) -> Result<Vec<bool>> {
    let read = Scores::read(selector, "scores_")?;
    let name = if selector.class_name() == "SelectPercentile" { "percentile" } else { "param" };
    let scores = read.cleaned();
    if percentile == 100.0 || percentile == 0.0 {
        return Ok(vec![percentile == 100.0; scores.len()]);
    }
    if read.is_single {
        let expected = "scores of float64: NumPy's versions round a percentile of float32 differently";
        return Err(selector.unsupported_parameter(name, expected));
    }
    if !(0.0..100.0).contains(&percentile) {
        return Err(selector.unsupported_parameter(name, "0 to 100"));
    }
    let threshold = quantile(&scores, (100.0 - percentile) / 100.0);
    let mut support: Vec<bool> = scores.iter().map(|score| *score > threshold).collect();
    let ties: Vec<usize> = (0..scores.len()).filter(|column| score(&scores, *column) == threshold).collect();
    let (most, above) = (scores.len() as f64 * percentile / 100.0, support.iter().filter(|kept| **kept).count());
    let most = most as usize;
    // A negative end of a Python slice counts from the back.
    let kept = if most >= above { most - above } else { ties.len().saturating_sub(above - most) };
    for column in ties.into_iter().take(kept) {
        if let Some(kept) = support.get_mut(column) {
            *kept = true;
        }
    }
    Ok(support)
}

/// NumPy's quantile, linear between the two values around it, from the nearer one.
fn quantile(scores: &[f64], share: f64) -> f64 {
    let mut sorted = scores.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = sorted.len().saturating_sub(1) as f64 * share;
    let (low, rest) = (place.floor(), place - place.floor());
    let at = |place: f64| sorted.get(place as usize).or(sorted.last()).copied().unwrap_or(f64::NAN);
    let (a, b) = (at(low), at(low + 1.0));
    if rest >= 0.5 { b - (b - a) * (1.0 - rest) } else { a + (b - a) * rest }
}
