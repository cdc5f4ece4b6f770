//! Names of packages: `Scikit_Learn` and `scikit-learn` are one (PEP 503).

/// The normal spelling: small letters, and one `-` for each run of `-`, `_` and `.`.
pub fn normalize(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            c => normal.push(c.to_ascii_lowercase()),
        }
    }
    normal
}
