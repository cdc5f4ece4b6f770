//! The methods that an artifact offers, as the platform calls them.

use std::collections::HashMap;

use crate::artifact::{FunctionType, Manifest, MethodEntry, MethodOptions, Volatility};
use crate::error::{Error, Result};
use crate::snowflake::{self, Feature, Identifier, SEPARATE_ARGUMENTS, WIDE_ARGUMENT};

/// A method that is offered.
#[derive(Debug)]
pub struct Offered<'m> {
    /// What the model calls it, and what it returns.
    pub entry: &'m MethodEntry,
    /// What SQL calls it.
    pub name: Identifier,
    /// Its arguments in the order of the model.
    pub arguments: Vec<Argument>,
    /// Whether one OBJECT holds all of them.
    pub is_wide: bool,
    /// The columns of its answer.
    pub answer: Vec<Feature>,
    /// What the names of these columns become.
    pub answer_names: Vec<Identifier>,
    /// How the platform calls it.
    pub form: Form,
    /// The most rows of one call.
    pub max_batch_size: Option<u32>,
    /// Whether equal rows always give equal answers.
    pub volatility: Volatility,
    /// What was asked of it.
    pub options: MethodOptions,
}

/// An argument: its name and its type in SQL.
#[derive(Debug)]
pub struct Argument {
    /// Its name.
    pub name: String,
    /// Its type.
    pub sql_type: &'static str,
}

/// How the platform calls a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Rows to an OBJECT each, which holds the answer's columns.
    Objects,
    /// Rows to a value each: the answer's only column.
    Series,
    /// A table to a table.
    Table,
    /// A whole partition of a table to a table.
    Partition,
}

impl Form {
    /// Its name in the templates.
    pub const fn name(self) -> &'static str {
        match self {
            Form::Objects => "objects",
            Form::Series => "series",
            Form::Table => "table",
            Form::Partition => "partition",
        }
    }

    /// What the platform calls such a function.
    pub const fn function_type(self) -> FunctionType {
        match self {
            Form::Objects | Form::Series => FunctionType::Function,
            Form::Table | Form::Partition => FunctionType::TableFunction,
        }
    }
}

/// Every method that is offered.
pub fn offered(manifest: &Manifest) -> Result<Vec<Offered<'_>>> {
    let entries = snowflake::target_methods(manifest)?;
    let all: Vec<Offered<'_>> = entries.into_iter().map(|entry| offer(manifest, entry)).collect::<Result<_>>()?;
    let mut names = HashMap::new();
    for method in &all {
        if let Some(other) = names.insert(&method.name, &method.entry.name) {
            let message = format!("SQL reads both `{other}` and `{}` as {}", method.entry.name, method.name);
            return Err(Error::usage("snowflake-duplicate", message)
                .hint("`case_sensitive=true` tells methods apart that differ by case"));
        }
    }
    Ok(all)
}

fn offer<'m>(manifest: &'m Manifest, entry: &'m MethodEntry) -> Result<Offered<'m>> {
    let name = entry.name.as_str();
    let located = |error: Error| error.at(format!("method `{name}`"));
    let is_module = !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.is_empty();
    if !is_module {
        let message = format!("`{name}` cannot be the name of a Python module, in which its function would stand");
        return Err(Error::unsupported("snowflake-method-name", message)
            .hint("`--target-method` says which methods are offered"));
    }
    let options = manifest.registration.method(name);
    let inputs = snowflake::input_features(&manifest.signature.inputs)?;
    let answer = snowflake::output_features(entry)?;
    let is_wide = inputs.len() > SEPARATE_ARGUMENTS;
    Ok(Offered {
        name: one_name(name, options.case_sensitive).map_err(located)?,
        arguments: arguments(&inputs, is_wide, options.case_sensitive).map_err(located)?,
        is_wide,
        answer_names: names(answer.iter().map(Feature::name), options.case_sensitive).map_err(located)?,
        form: form(&answer, &options).map_err(located)?,
        answer,
        max_batch_size: options.max_batch_size,
        volatility: options.volatility.unwrap_or(Volatility::Immutable),
        options,
        entry,
    })
}

fn arguments(inputs: &[Feature], is_wide: bool, case_sensitive: Option<bool>) -> Result<Vec<Argument>> {
    let identifiers = names(inputs.iter().map(Feature::name), case_sensitive)?;
    if is_wide {
        return Ok(vec![Argument { name: WIDE_ARGUMENT.into(), sql_type: "OBJECT" }]);
    }
    let argument = |(feature, name): (&Feature, Identifier)| Argument {
        name: name.name().to_owned(),
        sql_type: feature.sql_type(),
    };
    Ok(inputs.iter().zip(identifiers).map(argument).collect())
}

fn form(answer: &[Feature], options: &MethodOptions) -> Result<Form> {
    let partitioned = options.partitioned.unwrap_or(false);
    let native = options.native_output.unwrap_or(false);
    let refused = |message: &str, hint: &str| Err(Error::usage("snowflake-method-option", message).hint(hint));
    match options.function_type {
        Some(FunctionType::Function) if partitioned => {
            refused("a partition goes to a table function", "leave out `function_type=FUNCTION`")
        }
        Some(FunctionType::TableFunction) | None if partitioned => Ok(Form::Partition),
        Some(FunctionType::TableFunction) if native => {
            refused("a table function returns columns, not one value", "leave out `native_output=true`")
        }
        Some(FunctionType::TableFunction) => Ok(Form::Table),
        _ if native => match answer {
            [only] if only.is_returned_natively() => Ok(Form::Series),
            _ => refused("an answer of several columns is no single value", "leave out `native_output=true`"),
        },
        _ => Ok(Form::Objects),
    }
}

/// What names become in SQL. Where it is not said, a word is folded as SQL folds it, unless another becomes the same;
/// what is no word keeps its spelling. So every model has names, and ordinary ones need no quotes.
fn names<'a>(all: impl Iterator<Item = &'a str>, case_sensitive: Option<bool>) -> Result<Vec<Identifier>> {
    let all: Vec<&str> = all.collect();
    if let Some(case_sensitive) = case_sensitive {
        return snowflake::identifiers(all, case_sensitive);
    }
    let mut folded: HashMap<Identifier, usize> = HashMap::new();
    for word in all.iter().filter_map(|name| word(name)) {
        *folded.entry(word).or_default() += 1;
    }
    let identifier = |name: &&str| match word(name) {
        Some(word) if folded.get(&word) == Some(&1) => Ok(word),
        _ => Identifier::verbatim(name),
    };
    all.iter().map(identifier).collect()
}

/// A name that SQL reads without quotes, as SQL folds it.
fn word(name: &str) -> Option<Identifier> {
    Identifier::parse(name).ok().filter(|_| !name.starts_with('"'))
}

fn one_name(name: &str, case_sensitive: Option<bool>) -> Result<Identifier> {
    Identifier::of_name(name, case_sensitive.unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(all: &[&str], case_sensitive: Option<bool>) -> Result<Vec<String>, &'static str> {
        let names = names(all.iter().copied(), case_sensitive).map_err(|error| error.code())?;
        Ok(names.iter().map(|name| name.name().to_owned()).collect())
    }

    #[test]
    fn ordinary_names_are_folded_and_others_keep_their_spelling() {
        let expected = |names: &[&str]| Ok(names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(stored(&["age", "s1", "Plan"], None), expected(&["AGE", "S1", "PLAN"]));
        assert_eq!(stored(&["petal length (cm)", "a"], None), expected(&["petal length (cm)", "A"]));
        assert_eq!(stored(&["a", "A", "b"], None), expected(&["a", "A", "B"]));
        assert_eq!(stored(&["\"a\"", "a"], None), expected(&["\"a\"", "A"]));
        assert_eq!(stored(&["a", "B c"], Some(true)), expected(&["a", "B c"]));
        assert_eq!(stored(&["a", "B c"], Some(false)), Err("snowflake-identifier"));
        assert_eq!(stored(&["a", "A"], Some(false)), Err("snowflake-duplicate"));
        assert_eq!(stored(&[""], None), Err("snowflake-identifier"));
    }

    #[test]
    fn options_decide_how_a_method_is_called() {
        let one = [Feature::column("p", crate::snowflake::DataType::Double, true)];
        let two = [one[0].clone(), Feature::column("q", crate::snowflake::DataType::Double, true)];
        let with = |function_type, partitioned, native_output| MethodOptions {
            function_type,
            partitioned: Some(partitioned),
            native_output: Some(native_output),
            ..MethodOptions::default()
        };
        let (function, table) = (Some(FunctionType::Function), Some(FunctionType::TableFunction));
        for (answer, options, expected) in [
            (&one[..], with(None, false, false), Ok(Form::Objects)),
            (&one, with(function, false, true), Ok(Form::Series)),
            (&two, with(None, false, true), Err("snowflake-method-option")),
            (&two, with(table, false, false), Ok(Form::Table)),
            (&one, with(table, false, true), Err("snowflake-method-option")),
            (&two, with(None, true, false), Ok(Form::Partition)),
            (&two, with(table, true, false), Ok(Form::Partition)),
            (&two, with(function, true, false), Err("snowflake-method-option")),
        ] {
            assert_eq!(form(answer, &options).map_err(|error| error.code()), expected);
        }
    }
}
