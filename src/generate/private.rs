//! What does not belong into an artifact that others see: credentials and paths of the machine that made it.

use serde_json::Value;

/// How local paths begin.
const LOCAL: &[&str] = &["/home/", "/Users/", "/root/", "/tmp/", "/private/", "/var/folders/", "file:///", "\\Users\\"];
/// Words before `=` or `:` that name a secret.
const SECRETS: &[&str] = &["password", "passwd", "secret", "token", "api_key", "apikey", "access_key", "private_key"];

/// What of this a text holds, in a few words.
pub fn found_in(text: &str) -> Option<&'static str> {
    let addresses = text.match_indices("://").filter_map(|(at, mark)| text.get(at + mark.len()..));
    let has_password = |rest: &str| {
        let place = rest.split(['/', ' ', '"', '\'', '?', '#']).next().unwrap_or_default();
        place.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
    };
    if addresses.clone().any(has_password) {
        return Some("a password in an address");
    }
    if addresses.clone().any(|rest| SECRETS.iter().any(|name| is_query(rest, name))) {
        return Some("a secret in an address");
    }
    if text.contains("-----BEGIN ") {
        return Some("a key");
    }
    let is_local = |start: &str| {
        text.match_indices(start).any(|(at, _)| {
            // `https://example.org/home/x` is no path of this machine, `\Users\` begins with a drive.
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            start.starts_with(['f', '\\']) || before.is_none_or(|c| !c.is_alphanumeric() && !".-_~".contains(c))
        })
    };
    LOCAL.iter().find(|start| is_local(start)).map(|_| "a path of the machine that made it")
}

/// Whether an address asks with a parameter of this name.
fn is_query(rest: &str, name: &str) -> bool {
    let address = rest.split([' ', '"', '\'']).next().unwrap_or_default();
    let Some((_, query)) = address.split_once('?') else { return false };
    query
        .split(['&', '#'])
        .any(|part| part.split_once('=').is_some_and(|(key, _)| key.to_ascii_lowercase().ends_with(name)))
}

/// The value with a remark in place of what does not belong there.
pub fn without(value: &Value) -> Value {
    match value {
        Value::String(text) => match found_in(text) {
            Some(what) => Value::String(format!("(left out: {what})")),
            None => value.clone(),
        },
        Value::Array(items) => items.iter().map(without).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), without(value))).collect(),
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_and_local_paths_are_found_and_nothing_else() {
        for text in [
            "https://user:s3cret@example.org/x",
            "ssh://me:pw@host:22/m",
            "see https://example.org/m?private_token=abc#x",
            "https://example.org/m?a=1&API_KEY=x",
            "-----BEGIN PRIVATE KEY-----",
            "/home/me/cache",
            "memory: /Users/me",
            "\"/root/x\"",
            "file:///data/x",
            "C:\\Users\\me",
            "/tmp/tmpab12",
        ] {
            assert!(found_in(text).is_some(), "{text}");
        }
        for text in [
            "https://example.org/team/model.git",
            "ssh://example.org/home/model.git",
            "https://example.org/home/model",
            "oci://bucket@namespace/service_pack/home/x",
            "git@example.org:team/model",
            "the token is an argument of predict()",
            "/opt/ds/model",
            "a@b",
            "50:50",
        ] {
            assert_eq!(found_in(text), None, "{text}");
        }
        let value = serde_json::json!({"memory": "/home/me", "n": [1, "x"]});
        assert_eq!(without(&value)["memory"], "(left out: a path of the machine that made it)");
        assert_eq!(without(&value)["n"], value["n"]);
    }
}
