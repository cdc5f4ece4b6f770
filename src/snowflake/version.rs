//! What a version is called and told: names of models, metadata, and names of versions: two words and a number, as the platform's own package makes them up, but the same for the same
//! model.

use serde_json::json;

use super::{IDENTIFIER_CHARS, is_reserved};
use crate::artifact::{Digest, Registration};

/// The name of a version of this model: `adjective_animal_number`, a valid identifier without quotes.
///
/// The number has three digits, so that two versions of a model have the same name once in four million pairs.
pub fn version_name(model: &Digest) -> String {
    let bits = model.bytes();
    let pick = |words: &[&'static str], at: usize| {
        let word = u16::from_be_bytes([bits[at], bits[at + 1]]);
        words[usize::from(word) % words.len()]
    };
    let number = u32::from_be_bytes([bits[4], bits[5], bits[6], bits[7]]) % 1000;
    format!("{}_{}_{number}", pick(ADJECTIVES, 0), pick(ANIMALS, 2))
}

/// The name of a model whose file is called so: what cannot stand in an identifier becomes `_`.
pub fn model_name(file: &str) -> String {
    let fitting = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' };
    let name: String = file.chars().map(fitting).take(IDENTIFIER_CHARS).collect();
    match name.chars().next() {
        Some(first) if !first.is_ascii_digit() && !is_reserved(&name.to_ascii_uppercase()) => name,
        _ => format!("model_{name}").chars().take(IDENTIFIER_CHARS).collect(),
    }
}

/// The metadata of a version: its metrics, in the form in which the platform's own package stores them.
pub fn version_metadata(registration: &Registration) -> String {
    json!({"metrics": registration.metrics, "snowpark_ml_schema_version": "2024-01-01"}).to_string()
}

static ADJECTIVES: &[&str] = &[
    "able", "agile", "alert", "amber", "ample", "arctic", "autumn", "balmy", "blithe", "bold", "brisk", "bronze",
    "calm", "candid", "cobalt", "copper", "coral", "crisp", "daring", "deft", "dusky", "eager", "early", "earnest",
    "elder", "fabled", "fair", "fleet", "fond", "frosty", "gentle", "gilded", "glad", "golden", "hardy", "hazel",
    "honest", "humble", "indigo", "ivory", "jade", "jolly", "keen", "kindly", "late", "light", "lively", "lofty",
    "lucid", "mellow", "merry", "mild", "misty", "modest", "neat", "nimble", "noble", "olive", "opal", "patient",
    "plucky", "quiet", "rapid", "ready",
];

static ANIMALS: &[&str] = &[
    "adder", "auk", "badger", "bat", "beaver", "bee", "bison", "bream", "carp", "cicada", "civet", "cod", "crane",
    "curlew", "deer", "dove", "eel", "egret", "eider", "elk", "ermine", "falcon", "ferret", "finch", "gecko", "gibbon",
    "gnu", "grouse", "gull", "hare", "hawk", "heron", "hoopoe", "ibex", "ibis", "jackal", "jay", "kestrel", "kite",
    "lark", "lemur", "linnet", "loon", "lynx", "marten", "mink", "mole", "newt", "okapi", "oriole", "otter", "owl",
    "perch", "petrel", "pike", "plover", "quail", "raven", "robin", "seal", "shrew", "snipe", "stoat", "tern",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::sha256;
    use crate::snowflake::Identifier;

    #[test]
    fn the_same_model_has_the_same_name() {
        let name = version_name(&sha256(b"a model"));
        assert_eq!(name, version_name(&sha256(b"a model")));
        assert_ne!(name, version_name(&sha256(b"another model")));
    }

    #[test]
    fn a_files_name_becomes_a_models_name() {
        for (file, expected) in [
            ("churn", "churn"),
            ("churn-v2.1", "churn_v2_1"),
            ("2024", "model_2024"),
            ("größe", "gr__e"),
            ("", "model_"),
        ] {
            assert_eq!(model_name(file), expected);
        }
        assert_eq!(model_name("select"), "model_select");
        for file in ["-", "1", &"a".repeat(300), &"1".repeat(300)] {
            assert!(Identifier::parse(&model_name(file)).is_ok());
        }
    }

    #[test]
    fn every_name_is_an_identifier_without_quotes() {
        for list in [ADJECTIVES, ANIMALS] {
            assert!(list.windows(2).all(|pair| pair[0] < pair[1]), "sorted, each once");
            assert_eq!(list.len(), 64);
        }
        let names: std::collections::BTreeSet<String> =
            (0..1000_u32).map(|model| version_name(&sha256(&model.to_le_bytes()))).collect();
        assert!(names.len() > 990, "{} of 1000 names differ", names.len());
        for name in &names {
            assert_eq!(Identifier::parse(name).unwrap().name(), name.to_uppercase());
            assert_eq!(name.split('_').count(), 3);
        }
    }
}
