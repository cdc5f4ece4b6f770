//! `FunctionTransformer`: no function at all, or one of NumPy's by name.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::refused;
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::unary::UnaryFunction;

/// A function of every element.
type ElementFunction = fn(&mut GraphBuilder, ValueId) -> Result<ValueId>;

/// NumPy's functions that can be compiled.
const FUNCTIONS: &[(&str, ElementFunction)] = &[
    ("abs", |graph, x| graph.unary(UnaryFunction::Abs, x)),
    ("absolute", |graph, x| graph.unary(UnaryFunction::Abs, x)),
    ("ceil", |graph, x| graph.unary(UnaryFunction::Ceil, x)),
    ("exp", |graph, x| graph.unary(UnaryFunction::Exp, x)),
    ("expm1", |graph, x| graph.unary(UnaryFunction::Expm1, x)),
    ("fabs", |graph, x| graph.unary(UnaryFunction::Abs, x)),
    ("floor", |graph, x| graph.unary(UnaryFunction::Floor, x)),
    ("log", |graph, x| graph.unary(UnaryFunction::Log, x)),
    ("log1p", |graph, x| graph.unary(UnaryFunction::Log1p, x)),
    ("negative", |graph, x| graph.unary(UnaryFunction::Negate, x)),
    ("reciprocal", |graph, x| {
        let one = graph.number(1.0, x)?;
        graph.div(one, x)
    }),
    ("rint", |graph, x| graph.unary(UnaryFunction::Nearest, x)),
    ("sqrt", |graph, x| graph.unary(UnaryFunction::Sqrt, x)),
    ("square", |graph, x| graph.mul(x, x)),
    ("tanh", |graph, x| graph.unary(UnaryFunction::Tanh, x)),
    ("trunc", |graph, x| graph.unary(UnaryFunction::Trunc, x)),
];

/// Applies the function to every element.
pub fn transform(context: &mut Context, transformer: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    if transformer.flag("validate", false)? {
        frame.numbers(context, Accepts::Finite)?;
    }
    let Some(function) = transformer.present("func") else { return Ok(frame.clone()) };
    if is_check(function) {
        let x = frame.numbers(context, Accepts::Everything)?;
        return Ok(frame.renumbered(x));
    }
    let apply = known(transformer, function, "func", "kw_args")?;
    let x = frame.kept(context, Accepts::Everything, false)?;
    let applied = apply(&mut context.graph, x)?;
    let applied = frame.step(context, applied)?;
    Ok(frame.renumbered_alike(applied))
}

/// `inverse_transform` of numbers: the function's inverse, or nothing.
pub fn inverse(context: &mut Context, transformer: Fitted<'_>, x: ValueId) -> Result<ValueId> {
    if transformer.flag("validate", false)? {
        context.check(x, Accepts::Finite)?;
    }
    match transformer.present("inverse_func") {
        Some(function) => known(transformer, function, "inverse_func", "inv_kw_args")?(&mut context.graph, x),
        None => Ok(x),
    }
}

/// The function that a parameter names, which gets no arguments of its own.
fn known(transformer: Fitted<'_>, function: Fitted<'_>, parameter: &str, arguments: &str) -> Result<ElementFunction> {
    let name = function.global().filter(|(module, _)| module.split('.').next() == Some("numpy")).map(|(_, name)| name);
    let Some((_, apply)) = FUNCTIONS.iter().find(|(known, _)| Some(*known) == name) else {
        return Err(unsupported(function, parameter));
    };
    if transformer.present(arguments).is_some_and(|given| given.entries().map_or(true, |all| !all.is_empty())) {
        return Err(transformer.refused(&refused::ARGUMENTS));
    }
    Ok(*apply)
}

/// `functools.partial(check_array, dtype=[numpy.float64], ensure_all_finite=False)`, which HistGradientBoosting puts in
/// front of its numeric columns: it changes nothing.
fn is_check(function: Fitted<'_>) -> bool {
    let is_check_array = |checked: Fitted<'_>| checked.global() == Some(("sklearn.utils.validation", "check_array"));
    let checks_finite = |function: Fitted<'_>| {
        let keywords = function.state().and_then(|state| state.items().ok()?.get(2).copied())?;
        let finite = keywords.get("ensure_all_finite").or_else(|| keywords.get("force_all_finite"))?;
        finite.as_bool().ok()
    };
    function.is_a("functools", "partial")
        && function.args().first().copied().is_some_and(is_check_array)
        && checks_finite(function) == Some(false)
}

fn unsupported(function: Fitted<'_>, parameter: &str) -> Error {
    let names: Vec<&str> = FUNCTIONS.iter().map(|(name, _)| *name).collect();
    let shown = match function.global() {
        Some((module, name)) => format!("`{parameter}={module}.{name}`"),
        None => format!("{} as `{parameter}`", function.describe()),
    };
    let why = refused::TRANSFORMING_FUNCTION.why;
    let message = format!("`FunctionTransformer` with {shown} cannot be compiled: {why}");
    function.located(Error::unsupported("unsupported-parameter", message)).hint(format!(
        "of NumPy's functions {} can; `--engine native --no-score-module` packages the model unproven",
        names.join(", ")
    ))
}
