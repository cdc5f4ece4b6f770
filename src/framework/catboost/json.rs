//! The JSON form, `save_model(format='json')`. Its numbers lie up to 1e-15 beside those of the binary form.

use std::collections::HashMap;

use super::info::Info;
use super::parts::{
    Combination, Counts, Ctr, CtrKind, FloatFeature, OneHot, Parts, Place, StoredNode, StoredTree, Table,
};
use super::trees;
use crate::encoding::document::{Document, Object};
use crate::encoding::json::{self, Nonfinite};
use crate::error::{Error, Result};
use crate::limits;

fn malformed(message: impl Into<String>) -> Error {
    Error::malformed("catboost-model", message)
}

/// What a file says of its features; more would change what they mean.
const FEATURE_KEYS: [&str; 4] = ["float_features", "categorical_features", "ctrs", "cat_features_hash"];

/// Reads a file.
pub(super) fn read(bytes: &[u8]) -> Result<Parts> {
    let document = json::read(bytes, Nonfinite::Refused)?;
    let root = document.object()?;
    let mut info = Info::default();
    if root.get("model_info").is_some() {
        root.read("model_info", |value| {
            value.object()?.entries().try_for_each(|(key, value)| info.take(key, &value.to_json()))
        })?;
    }
    let (trees, leaf_values, dimension) = read_trees(root)?;
    let (scale, bias) = optional(root, "scale_and_bias", (1.0, Vec::new()), scale_and_bias)?;
    let mut tables = Tables::read(root)?;
    root.read("features_info", |features| {
        let features = features.object()?;
        if let Some((key, _)) = features.entries().find(|(key, _)| !FEATURE_KEYS.contains(key)) {
            let message = format!("features of the kind `{key}` cannot be compiled");
            return Err(Error::unsupported("unsupported-catboost", message));
        }
        let (categories, one_hots) = optional(features, "categorical_features", Default::default(), read_categories)?;
        Ok(Parts {
            encoding: "JSON",
            info,
            floats: optional(features, "float_features", Vec::new(), |floats| each(floats, read_float))?,
            categories,
            texts: Vec::new(),
            embeddings: Vec::new(),
            is_estimated: false,
            one_hots,
            ctrs: optional(features, "ctrs", Vec::new(), |ctrs| each(ctrs, |ctr| tables.read_ctr(ctr)))?,
            tables: std::mem::take(&mut tables.all),
            dimension,
            trees,
            leaf_values,
            scale,
            bias,
        })
    })
}

/// Reads a value that may be absent or null.
fn optional<'a, T>(
    object: &Object<'a>,
    key: &str,
    default: T,
    read: impl FnOnce(&Document<'a>) -> Result<T>,
) -> Result<T> {
    match object.get(key) {
        None | Some(Document::Null) => Ok(default),
        Some(_) => object.read(key, read),
    }
}

/// Reads the objects of an array, whose errors name their number.
fn each<'a, T>(array: &Document<'a>, mut read: impl FnMut(&Object<'a>) -> Result<T>) -> Result<Vec<T>> {
    let items = array.items()?;
    limits::FEATURES.check_len(items.len())?;
    let one =
        |(i, item): (usize, &Document<'a>)| item.object().and_then(&mut read).map_err(|error| error.at(format!("{i}")));
    items.iter().enumerate().map(one).collect()
}

fn scale_and_bias(value: &Document<'_>) -> Result<(f64, Vec<f64>)> {
    match value {
        // One bias for all, as older versions wrote it.
        Document::Numbers(numbers) => match numbers.f64s()[..] {
            [scale, bias] => Ok((scale, vec![bias])),
            _ => Err(malformed(format!("expected scale and bias, found {} numbers", numbers.len()))),
        },
        _ => match value.items()? {
            [scale, bias] => Ok((scale.number()?, bias.f64s()?)),
            other => Err(malformed(format!("expected scale and bias, found {} values", other.len()))),
        },
    }
}

fn place(feature: &Object<'_>) -> Result<Place> {
    let name = ["feature_name", "feature_id"].into_iter().find_map(|key| feature.get(key));
    Ok(Place {
        flat: feature.read("flat_feature_index", Document::integer)?,
        index: feature.read("feature_index", Document::integer)?,
        name: name.map(|name| name.text().map(str::to_owned)).transpose()?.unwrap_or_default(),
        is_used: true,
    })
}

fn read_float(feature: &Object<'_>) -> Result<FloatFeature> {
    let has_missing = matches!(feature.get("has_nans"), Some(Document::Bool(true)));
    let treatment = feature.read("nan_value_treatment", |treatment| treatment.text().map(str::to_owned))?;
    Ok(FloatFeature {
        place: place(feature)?,
        borders: optional(feature, "borders", Vec::new(), Document::f32s)?,
        missing_passes: has_missing && treatment == "AsTrue",
    })
}

fn read_categories(features: &Document<'_>) -> Result<(Vec<Place>, Vec<OneHot>)> {
    let mut one_hots = Vec::new();
    let places = each(features, |feature| {
        let place = place(feature)?;
        let values = optional(feature, "values", Vec::new(), Document::integers)?;
        if !values.is_empty() {
            one_hots.push(OneHot { category: place.index, values });
        }
        Ok(place)
    })?;
    Ok((places, one_hots))
}

/// Trees, the values of all leaves, and outputs of a leaf.
type ReadTrees = (Vec<StoredTree>, Vec<f64>, usize);

fn read_trees(root: &Object<'_>) -> Result<ReadTrees> {
    if root.get("trees").is_some() {
        return root.read("trees", read_nested);
    }
    root.read("oblivious_trees", read_oblivious)
}

fn read_oblivious(trees: &Document<'_>) -> Result<ReadTrees> {
    let (mut splits, mut sizes, mut values, mut dimension) = (Vec::new(), Vec::new(), Vec::new(), 0);
    each(trees, |tree| {
        let own = optional(tree, "splits", Vec::new(), |splits| each(splits, split_index))?;
        let leaves = u32::try_from(own.len()).ok().and_then(|depth| 1usize.checked_shl(depth)).unwrap_or(usize::MAX);
        let found = tree.read("leaf_values", Document::f64s)?;
        let outputs = found.len() / leaves;
        if outputs == 0 || !found.len().is_multiple_of(leaves) || (dimension != 0 && dimension != outputs) {
            return Err(malformed(format!("expected values for {leaves} leaves, found {}", found.len())));
        }
        dimension = outputs;
        sizes.push(i32::try_from(own.len()).unwrap_or(i32::MAX));
        splits.extend(own);
        values.extend(found);
        Ok(())
    })?;
    Ok((trees::oblivious(&splits, &sizes)?, values, dimension))
}

fn split_index(split: &Object<'_>) -> Result<i32> {
    let index = split.read("split_index", Document::integer)?;
    i32::try_from(index).map_err(|_| malformed(format!("expected the number of a split, found {index}")))
}

/// Trees whose nodes stand inside one another.
fn read_nested(trees: &Document<'_>) -> Result<ReadTrees> {
    let mut leaves = Leaves::default();
    let trees = each(trees, |tree| {
        leaves.in_tree = 0;
        let mut nodes = Vec::new();
        leaves.read(tree, &mut nodes)?;
        Ok(StoredTree::Nodes(nodes))
    })?;
    Ok((trees, leaves.values, leaves.dimension))
}

#[derive(Default)]
struct Leaves {
    values: Vec<f64>,
    dimension: usize,
    all: usize,
    in_tree: usize,
}

impl Leaves {
    /// Adds a node and those below it; documents are not nested deeper than their limit. Gives the node's number.
    fn read(&mut self, node: &Object<'_>, nodes: &mut Vec<StoredNode>) -> Result<usize> {
        let number = nodes.len();
        if node.get("split").is_none() {
            nodes.push(self.leaf(node)?);
            return Ok(number);
        }
        let split = node.read("split", |split| split_index(split.object()?))?;
        nodes.push(StoredNode::Leaf { leaf: 0, number: 0 });
        let left = node.read("left", |left| self.read(left.object()?, nodes))?;
        let right = node.read("right", |right| self.read(right.object()?, nodes))?;
        if let Some(own) = nodes.get_mut(number) {
            *own = StoredNode::Split { split: split.into(), left, right };
        }
        Ok(number)
    }

    fn leaf(&mut self, node: &Object<'_>) -> Result<StoredNode> {
        let values = node.read("value", |value| match value {
            Document::Numbers(_) | Document::Array(_) => value.f64s(),
            _ => Ok(vec![value.number()?]),
        })?;
        if values.is_empty() || (self.dimension != 0 && values.len() != self.dimension) {
            return Err(malformed(format!("expected {} values of a leaf, found {}", self.dimension, values.len())));
        }
        self.dimension = values.len();
        self.values.extend(values);
        let leaf = StoredNode::Leaf { leaf: self.all, number: self.in_tree };
        self.all += 1;
        self.in_tree += 1;
        Ok(leaf)
    }
}

/// The tables of statistics by the text that names them.
#[derive(Default)]
struct Tables {
    all: Vec<Table>,
    by_name: HashMap<String, usize>,
}

impl Tables {
    fn read(root: &Object<'_>) -> Result<Tables> {
        let mut tables = Tables::default();
        if !matches!(root.get("ctr_data"), None | Some(Document::Null)) {
            root.read("ctr_data", |data| {
                for (name, table) in data.object()?.entries() {
                    tables.all.push(read_table(name, table.object()?)?);
                    tables.by_name.insert(name.to_owned(), tables.all.len() - 1);
                }
                Ok(())
            })?;
        }
        Ok(tables)
    }

    fn read_ctr(&mut self, ctr: &Object<'_>) -> Result<Ctr> {
        let table = ctr.read("identifier", |name| Ok(self.by_name.get(name.text()?).copied()))?;
        let combination = ctr.read("elements", |elements| each(elements, combination_of))?;
        let table = table.ok_or_else(|| malformed("no table holds the target statistics"))?;
        if let Some(table) = self.all.get_mut(table) {
            table.combination = joined(combination);
        }
        let number = |key: &str| ctr.read(key, |number| Ok(number.number()? as f32));
        Ok(Ctr {
            table,
            target_border: ctr.read("target_border_idx", Document::integer)?,
            prior_numerator: number("prior_numerator")?,
            prior_denominator: number("prior_denomerator")?,
            shift: number("shift")?,
            scale: number("scale")?,
            borders: optional(ctr, "borders", Vec::new(), Document::f32s)?,
        })
    }
}

/// One element of a combination.
fn combination_of(element: &Object<'_>) -> Result<Combination> {
    let index = |key: &str| -> Result<i32> {
        let index = element.read(key, Document::integer)?;
        i32::try_from(index).map_err(|_| malformed(format!("expected the number of a feature, found {index}")))
    };
    let mut found = Combination::default();
    match element.read("combination_element", |kind| kind.text().map(str::to_owned))?.as_str() {
        "cat_feature_value" => found.categories.push(index("cat_feature_index")?),
        "float_feature" => {
            let border = element.read("border", Document::number)? as f32;
            found.borders.push((index("float_feature_index")?, border.to_bits()));
        }
        "cat_feature_exact_value" => found.one_hots.push((index("cat_feature_index")?, index("value")?)),
        other => {
            let message = format!("`{other}` in a combination of features is not known");
            return Err(Error::unsupported("unsupported-catboost", message));
        }
    }
    Ok(found)
}

fn joined(elements: Vec<Combination>) -> Combination {
    elements.into_iter().fold(Combination::default(), |mut all, element| {
        all.categories.extend(element.categories);
        all.borders.extend(element.borders);
        all.one_hots.extend(element.one_hots);
        all
    })
}

/// A table: of each hash the text of its digits, then its statistics. The combination stands with the statistics' users.
fn read_table(name: &str, table: &Object<'_>) -> Result<Table> {
    let document = json::read(name.as_bytes(), Nonfinite::Refused)?;
    let kind = document.object()?.read("type", |kind| ctr_kind(kind.text()?))?;
    let stride = table.read("hash_stride", Document::integer)?;
    let stride = usize::try_from(stride).ok().filter(|stride| (2..=limits::CLASSES.value() as usize).contains(stride));
    let stride = stride.ok_or_else(|| malformed("expected a stride of 2 or more"))?;
    let (mut keys, mut integers, mut means) = (Vec::new(), Vec::new(), Vec::new());
    let entries = match table.get("hash_map") {
        None | Some(Document::Null) => &[],
        Some(entries) => entries.items().map_err(|error| error.at("`hash_map`"))?,
    };
    let is_mean = matches!(kind, CtrKind::BinarizedTargetMeanValue | CtrKind::FloatTargetMeanValue);
    for entry in entries.chunks(stride) {
        let [hash, counts @ ..] = entry else { break };
        if counts.len() + 1 != stride || (is_mean && stride != 3) {
            return Err(malformed(format!("expected {} counts of a hash, found {}", stride - 1, counts.len())));
        }
        let text = hash.text()?;
        let hash: u64 = text.parse().map_err(|_| malformed(format!("expected a hash, found `{text}`")))?;
        if hash == u64::MAX {
            // An empty entry of the hash table, written out with the statistics of the first one.
            continue;
        }
        keys.push(hash.cast_signed());
        match counts {
            [sum, count] if is_mean => means.push((sum.number()? as f32, integer(count)?)),
            _ => {
                for count in counts {
                    integers.push(integer(count)?);
                }
            }
        }
    }
    let denominator = optional(table, "counter_denominator", 0, integer)?;
    let counts = if is_mean { Counts::Means(means) } else { Counts::Integers(stride - 1, integers) };
    Ok(Table { combination: Combination::default(), kind, target: 0, keys, counts, denominator })
}

fn integer(number: &Document<'_>) -> Result<i32> {
    let integer = number.integer()?;
    i32::try_from(integer).map_err(|_| malformed(format!("expected a count, found {integer}")))
}

fn ctr_kind(name: &str) -> Result<CtrKind> {
    let known = CtrKind::ALL.iter().find(|(known, _)| *known == name);
    known.map(|(_, kind)| *kind).ok_or_else(|| {
        Error::unsupported("unsupported-catboost", format!("the kind `{name}` of target statistics is not known"))
    })
}
