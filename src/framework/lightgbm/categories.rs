//! `pandas_categorical`: the categories of the training table's category columns.
//!
//! The line lists the categories per column, in the order of the columns, and names no column. Which columns they are
//! is taken from `categorical_feature` (every category column that is not ordered, unless the user gave other columns)
//! and from what training saw in a column. Where that leaves a choice, the model is refused.

use super::header::FeatureInfo;
use super::lines::malformed;
use super::missing::ZERO_THRESHOLD;
use super::tree::{SplitTest, Tree};
use crate::error::{Error, Result};
use crate::model::Category;

/// The categories of one column; a category's code is its position.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Categories {
    Text(Vec<String>),
    /// Numbers and booleans: compared as numbers.
    Numbers(Vec<f64>, Vec<Category>),
}

/// The beginning of the line.
pub(super) const PREFIX: &str = "pandas_categorical:";

/// Integers from here on are not all distinct as f64.
const EXACT_INTEGERS: i64 = 1 << 53;

/// Cells of the table of choices; more means that the file says far too little.
const MOST_CHOICES: usize = 1 << 26;

/// Reads the lists; `null` is none.
pub(super) fn parse(json: &str) -> Result<Vec<Categories>> {
    let lists: Option<Vec<Vec<Category>>> = serde_json::from_str(json).map_err(|error| {
        let message = format!("expected a JSON list of lists of texts, numbers or booleans: {error}");
        malformed(message).at("`pandas_categorical`")
    })?;
    let lists = lists.unwrap_or_default();
    let read = |(i, list)| one_list(list).map_err(|error| error.at(format!("list {i}")).at("`pandas_categorical`"));
    lists.into_iter().enumerate().map(read).collect()
}

fn one_list(list: Vec<Category>) -> Result<Categories> {
    if list.iter().all(|category| matches!(category, Category::Text(_))) {
        let texts = list.into_iter().filter_map(|category| match category {
            Category::Text(text) => Some(text),
            _ => None,
        });
        return Ok(Categories::Text(texts.collect()));
    }
    let numbers = list.iter().map(number).collect::<Result<Vec<f64>>>()?;
    Ok(Categories::Numbers(numbers, list))
}

fn number(category: &Category) -> Result<f64> {
    match category {
        Category::Bool(value) => Ok(f64::from(u8::from(*value))),
        Category::Number(value) => Ok(*value),
        Category::Integer(value) if value.unsigned_abs() <= EXACT_INTEGERS.unsigned_abs() => Ok(*value as f64),
        Category::Integer(value) => {
            let message =
                format!("the category {value} has no exact float64, so it cannot be told from its neighbours");
            Err(Error::unsupported("lightgbm-categories", message)
                .hint("make the column text before training: `.astype(str).astype('category')`"))
        }
        Category::Text(_) => {
            Err(Error::unsupported("lightgbm-categories", "texts and numbers are categories of one column")
                .hint("make the column text before training: `.astype(str).astype('category')`"))
        }
    }
}

impl Categories {
    pub fn len(&self) -> usize {
        match self {
            Categories::Text(list) => list.len(),
            Categories::Numbers(list, _) => list.len(),
        }
    }
}

/// What is known about the columns.
#[derive(Debug)]
pub(super) struct Evidence<'a> {
    pub infos: &'a [FeatureInfo],
    /// `categorical_feature` among the training parameters, where it lists columns by number.
    pub declared: Option<Vec<usize>>,
    pub trees: &'a [Tree],
}

/// The column of each list, ascending.
pub(super) fn columns_of(lists: &[Categories], evidence: &Evidence<'_>) -> Result<Vec<usize>> {
    if lists.is_empty() {
        return Ok(Vec::new());
    }
    let declared = evidence.declared();
    let unordered = |column: &usize| declared.binary_search(column).is_ok();
    let fits = |list: &Categories, column: usize| evidence.fits(column, list.len());
    if lists.len() == declared.len() {
        return match lists.iter().zip(&declared).position(|(list, column)| !fits(list, *column)) {
            None => Ok(declared),
            Some(list) => {
                Err(impossible(&format!("list {list} is shorter than the codes of column {}", declared[list])))
            }
        };
    }
    // Fewer lists: some declared columns held plain codes. More lists: some category columns were ordered, and their
    // codes are numbers to the trees.
    let is_ordered = evidence.look_like_codes();
    let n_columns = evidence.infos.len();
    let all_declared = lists.len() > declared.len();
    let allowed: Vec<usize> =
        (0..n_columns).filter(|column| unordered(column) || (all_declared && is_ordered[*column])).collect();
    let choice =
        Choice { lists, allowed: &allowed, fits: &fits, required: &|column| all_declared && unordered(&column) };
    choice.only(declared.len())
}

impl Evidence<'_> {
    /// The columns whose codes are categories to the trees, ascending.
    fn declared(&self) -> Vec<usize> {
        let codes = |(column, info): (usize, &FeatureInfo)| matches!(info, FeatureInfo::Codes(_)).then_some(column);
        let mut declared =
            self.declared.clone().unwrap_or_else(|| self.infos.iter().enumerate().filter_map(codes).collect());
        declared.retain(|column| *column < self.infos.len());
        declared.sort_unstable();
        declared.dedup();
        declared
    }

    /// Whether everything that training saw in the column is a code below `count`.
    fn fits(&self, column: usize, count: usize) -> bool {
        let count = count as f64;
        match self.infos[column] {
            FeatureInfo::Unused => true,
            FeatureInfo::Codes(highest) => (highest as f64) < count,
            FeatureInfo::Range(low, high) => low >= 0.0 && high < count && low.fract() == 0.0 && high.fract() == 0.0,
        }
    }

    /// Per column, whether every threshold lies where it can between whole numbers: halfway, or around 0.
    fn look_like_codes(&self) -> Vec<bool> {
        let mut codes = vec![true; self.infos.len()];
        for split in self.trees.iter().flat_map(|tree| &tree.splits) {
            if let SplitTest::Number { threshold, .. } = split.test {
                let halves = threshold * 2.0;
                let halfway = (halves - halves.round()).abs() <= 1e-9 * halves.abs();
                codes[split.feature] &= halfway || threshold.abs() <= ZERO_THRESHOLD || threshold.is_infinite();
            }
        }
        codes
    }
}

/// All ways to give ascending columns to the lists.
struct Choice<'a> {
    lists: &'a [Categories],
    allowed: &'a [usize],
    fits: &'a dyn Fn(&Categories, usize) -> bool,
    required: &'a dyn Fn(usize) -> bool,
}

impl Choice<'_> {
    /// The only way there is.
    fn only(&self, n_declared: usize) -> Result<Vec<usize>> {
        let (n_columns, n_lists) = (self.allowed.len(), self.lists.len());
        let width = n_lists + 1;
        if (n_columns + 1).saturating_mul(width) > MOST_CHOICES {
            return Err(ambiguous(n_lists, n_declared));
        }
        // ways[i][j]: in how many ways (0, 1, 2 or more) columns i.. serve lists j..
        let mut ways = vec![0u8; (n_columns + 1) * width];
        ways[n_columns * width + n_lists] = 1;
        for i in (0..n_columns).rev() {
            for j in 0..=n_lists {
                let skip = if (self.required)(self.allowed[i]) { 0 } else { ways[(i + 1) * width + j] };
                let take = if self.can_take(i, j) { ways[(i + 1) * width + j + 1] } else { 0 };
                ways[i * width + j] = (skip + take).min(2);
            }
        }
        match ways[0] {
            0 => return Err(impossible("no columns fit all lists")),
            1 => {}
            _ => return Err(ambiguous(n_lists, n_declared)),
        }
        let mut columns = Vec::with_capacity(n_lists);
        for i in 0..n_columns {
            let j = columns.len();
            if self.can_take(i, j) && ways[(i + 1) * width + j + 1] == 1 {
                columns.push(self.allowed[i]);
            }
        }
        Ok(columns)
    }

    fn can_take(&self, column: usize, list: usize) -> bool {
        self.lists.get(list).is_some_and(|list| (self.fits)(list, self.allowed[column]))
    }
}

fn ambiguous(n_lists: usize, n_declared: usize) -> Error {
    let message = format!(
        "`pandas_categorical` lists the categories of {n_lists} columns and `categorical_feature` names {n_declared}: \
         which columns they are cannot be told"
    );
    Error::unsupported("lightgbm-categories", message).hint(
        "the file does not name them: train with `categorical_feature='auto'` and without ordered categories, or give \
         LightGBM the codes (`.cat.codes`) as numbers",
    )
}

fn impossible(reason: &str) -> Error {
    Error::malformed("lightgbm-text", format!("`pandas_categorical` does not fit the columns: {reason}"))
}
