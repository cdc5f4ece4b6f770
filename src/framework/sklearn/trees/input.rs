//! What trees read: the table as float32, and whether it may have holes.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::version::version;
use crate::error::Result;
use crate::graph::ValueId;
use crate::tensor::ElementType;

/// The criteria whose trees learned to split on missing values first.
const FIRST_CRITERIA: [&str; 6] = ["gini", "log_loss", "entropy", "squared_error", "friedman_mse", "poisson"];

/// The table as float32; rows that the trees do not accept are refused, also numbers that become infinite.
pub fn narrowed(context: &mut Context, frame: &Frame, accepts: Accepts) -> Result<ValueId> {
    let wide = frame.numbers(context, Accepts::Everything)?;
    let narrow = context.graph.cast(wide, ElementType::F32)?;
    context.check(narrow, accepts)?;
    if accepts == Accepts::Finite {
        frame.columns.iter().for_each(|column| column.refuse_missing(context));
    }
    Ok(narrow)
}

/// What a single tree accepts. After `_support_missing_values` of scikit-learn's tree/_classes.py, 1.0 to 1.9.
pub fn accepted_by_tree(tree: Fitted<'_>, frame: &Frame) -> Result<Accepts> {
    let version = version(tree);
    let is_random = tree.word("splitter", "best")? == "random";
    let first_criterion = FIRST_CRITERIA.contains(&&*tree.word("criterion", "")?);
    let is_extra = matches!(tree.class_name(), "ExtraTreeClassifier" | "ExtraTreeRegressor");
    let missing = if version < (1, 6) {
        version >= (1, 3) && !is_random && first_criterion
    } else {
        (is_random || !is_extra) && (first_criterion || version >= (1, 9))
    };
    let refuses = frame.is_sparse || (version < (1, 9) && tree.present("monotonic_cst").is_some());
    Ok(if missing && !refuses { Accepts::Missing } else { Accepts::Finite })
}

/// What a forest accepts whose first tree is `tree`: forests followed their trees in 1.4.
pub fn accepted_by_forest(tree: Fitted<'_>, frame: &Frame) -> Result<Accepts> {
    if version(tree) < (1, 4) { Ok(Accepts::Finite) } else { accepted_by_tree(tree, frame) }
}
