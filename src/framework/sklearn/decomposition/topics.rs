//! Latent Dirichlet allocation. After scikit-learn's decomposition/_lda.py and _online_lda_fast.pyx.
//!
//! `transform` starts each document with equal shares and stops each by itself, so that its answer does not depend on the
//! documents beside it.

use super::super::context::{Accepts, Context};
use super::super::fitted::Fitted;
use super::super::frame::Frame;
use super::{double_directions, iterations, numbered, refuse_negative};
use crate::error::Result;
use crate::ops::topic_shares::TopicShares;

/// `LatentDirichletAllocation.transform`: the shares of the topics, which sum to 1.
pub fn transform(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let topics = double_directions(estimator, "exp_dirichlet_component_", frame.width())?;
    let x = frame.matrix(context, Accepts::Finite)?;
    let shares = TopicShares {
        n_topics: topics.rows,
        prior: estimator.attribute("doc_topic_prior_")?.as_f64()?,
        most_steps: iterations(estimator, "max_doc_update_iter")?,
        tolerance: estimator.attribute("mean_change_tol")?.as_f64()?,
        words: topics.transposed().items,
    };
    let shares = context.graph.apply(shares, &[x])?;
    refuse_negative(context, x, shares)?;
    Ok(numbered(estimator, context, shares))
}
